"""What a GTP client may say, right and wrong, and what the gateway answers.

Each answer is kept in a capture which tshark judges in the end.
"""

import random
import shutil
import socket
import struct
import subprocess

import gtp
import lab

PDN = "198.18.0.1"
CAUSE1 = {"accepted": 128, "non-existent": 192, "format": 193, "missing": 202, "apn": 219}
CAUSE2 = {"accepted": 16, "not found": 64, "format": 65, "length": 67, "incorrect": 69,
          "missing": 70, "apn": 78}
QUIET_S = 0.3
SESSMGRS = (1, 2)


class Gtp(lab.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = None
        cls.seq = 100

    @classmethod
    def tearDownClass(cls):
        if cls.client:
            cls.client.close()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        if not self.client:
            type(self).client = gtp.Client(self.lab.address("2.1"), self.lab.service)
        self.before = self.lab.pids()

    def tearDown(self):
        self.assertEqual(self.lab.pids(), self.before, "a process died")
        if self.sessions():  # left by a case that failed
            self.lab.kill_all()

    def next_seq(self):
        type(self).seq += 1
        return self.seq

    def sessions(self):
        return self.lab.instance("east")["sessions"]

    def wait_sessions(self, number):
        self.lab.wait(f"sessions={number}", "sync")

    def answers(self, sessmgr):
        """... a question about a call it has not; answers to others are set aside meanwhile."""
        request = gtp.delete_pdp(self.next_seq(), sessmgr << 24 | 0xfffff0)
        self.client.send(request)
        while answer := self.client.receive(QUIET_S):
            if answer[1] == gtp.DELETE_PDP + 1 and answer[8:10] == request[8:10]:
                return True
        return False

    def assert_alive(self):
        """The gateway has worked through all that was sent before."""
        seq = self.next_seq()
        self.client.send(gtp.v1(gtp.ECHO, 0, seq))
        for port in (gtp.CONTROL, gtp.USER):
            self.client.ask(gtp.v1(gtp.ECHO, 0, seq), port)
        for sessmgr in SESSMGRS:  # the demux answers echoes; each of these what it was sent, in order
            lab.wait_for(lambda: self.answers(sessmgr), lab.SECONDS,
                         f"session manager {sessmgr} has worked through it")
        self.assertTrue(self.sessions() >= 0)

    # ---- what is right ------------------------------------------------------------------

    def open_v1(self, imsi="001010000000001", teid=0x1111):
        answer = self.client.ask(gtp.create_pdp(self.next_seq(), imsi, self.client.address, teid))
        kind, to, seq, elements = gtp.read_v1(answer)
        self.assertEqual((kind, to, seq, elements[1][0]),
                         (gtp.CREATE_PDP + 1, teid, self.seq, CAUSE1["accepted"]))
        return struct.unpack("!I", elements[17])[0], socket.inet_ntoa(elements[128][2:6])

    def close_v1(self, teid):
        answer = self.client.ask(gtp.delete_pdp(self.next_seq(), teid))
        self.assertEqual(gtp.read_v1(answer)[3][1][0], CAUSE1["accepted"])

    def open_v2(self, imsi="001010000000002", teid=0x2222):
        answer = self.client.ask(
            gtp.create_session(self.next_seq(), imsi, self.client.address, teid))
        kind, to, seq, elements = gtp.read_v2(answer)
        self.assertEqual((kind, to, seq, elements[2, 0][0]),
                         (gtp.CREATE_SESSION + 1, teid, self.seq, CAUSE2["accepted"]))
        bearer = gtp.read_elements2(elements[93, 0])
        return (struct.unpack_from("!I", elements[87, 1], 1)[0],
                struct.unpack_from("!I", bearer[87, 2], 1)[0],
                socket.inet_ntoa(elements[79, 0][1:5]))

    def close_v2(self, teid):
        answer = self.client.ask(gtp.delete_session(self.next_seq(), teid))
        self.assertEqual(gtp.read_v2(answer)[3][2, 0][0], CAUSE2["accepted"])

    def ping(self, teid, address, client_teid):
        packet = gtp.ping(address, PDN, self.next_seq() & 0xffff)
        answer = self.client.ask(gtp.g_pdu(teid, packet), gtp.USER)
        kind, _, to = struct.unpack_from("!BHI", answer, 1)
        inner = answer[8:]
        self.assertEqual((kind, to), (gtp.G_PDU, client_teid))
        self.assertEqual((inner[12:16], inner[16:20]), (gtp.ipv4(PDN), gtp.ipv4(address)))
        self.assertEqual(inner[20], 0, "an ICMP echo reply")
        self.assertEqual(inner[24:], packet[24:], "identifier, number and data as sent")

    def test_echo_is_answered_in_the_version_it_was_asked_in(self):
        seq = self.next_seq()
        kind, _, echoed, elements = gtp.read_v1(self.client.ask(gtp.v1(gtp.ECHO, 0, seq)))
        self.assertEqual((kind, echoed, len(elements[14])), (gtp.ECHO_ANSWER, seq, 1))
        restart = elements[14]
        kind, teid, echoed, elements = gtp.read_v2(self.client.ask(gtp.v2(gtp.ECHO, None, seq)))
        self.assertEqual((kind, teid, echoed, elements[3, 0]),
                         (gtp.ECHO_ANSWER, None, seq, restart))
        kind, _, echoed, elements = gtp.read_v1(
            self.client.ask(gtp.v1(gtp.ECHO, 0, seq), gtp.USER))
        self.assertEqual((kind, echoed, elements), (gtp.ECHO_ANSWER, seq, {14: b"\0"}))

    def test_a_v1_context_is_created_used_updated_and_deleted(self):
        teid, address = self.open_v1()
        self.wait_sessions(1)
        self.ping(teid, address, 0x1111)
        answer = self.client.ask(
            gtp.update_pdp(self.next_seq(), teid, self.client.address, 0x1112))
        self.assertEqual(gtp.read_v1(answer)[3][1][0], CAUSE1["accepted"])
        self.ping(teid, address, 0x1112)
        self.close_v1(teid)
        self.wait_sessions(0)

    def test_a_v2_session_is_created_used_modified_and_deleted(self):
        control, user, address = self.open_v2()
        self.wait_sessions(1)
        self.ping(user, address, 0x2222)
        answer = self.client.ask(
            gtp.modify_bearer(self.next_seq(), control, self.client.address, 0x2223))
        self.assertEqual(gtp.read_v2(answer)[3][2, 0][0], CAUSE2["accepted"])
        self.ping(user, address, 0x2223)
        self.close_v2(control)
        self.wait_sessions(0)

    def test_a_secondary_context_takes_the_packets_its_filters_name(self):
        teid, address = self.open_v1()
        ping = gtp.packet_filter(1, 1, remote=PDN)
        rtp = gtp.packet_filter(2, 17, ports=(5000, 5001))
        answer = self.client.ask(gtp.create_secondary(
            self.next_seq(), teid, self.client.address, 0x1200, 6,
            gtp.tft(gtp.CREATE_TFT, ping, rtp)))
        kind, to, _, elements = gtp.read_v1(answer)
        self.assertEqual((kind, to, elements[1][0]),
                         (gtp.CREATE_PDP + 1, 0x1111, CAUSE1["accepted"]))
        self.assertEqual(elements[17], struct.pack("!I", teid), "the control tunnel they share")
        secondary = struct.unpack("!I", elements[16])[0]
        self.wait_sessions(1)
        self.ping(secondary, address, 0x1200)
        self.ping(teid, address, 0x1200)
        answer = self.client.ask(gtp.delete_secondary(self.next_seq(), teid, 6))
        self.assertEqual(gtp.read_v1(answer)[3][1][0], CAUSE1["accepted"])
        self.ping(teid, address, 0x1111)
        self.close_v1(teid)
        self.wait_sessions(0)

    def request(self, message, kind):
        """The gateway's request that this command brings about, its elements, and those of its
        bearer context."""
        request, to, seq, elements = gtp.read_v2(self.client.ask(message))
        self.assertEqual((request, to, seq), (kind, 0x2222, 0x800000 | self.seq))
        return elements, gtp.read_elements2(elements.get((93, 0), b""))

    def test_a_dedicated_bearer_is_created_used_changed_and_deleted(self):
        control, user, address = self.open_v2()
        ping = gtp.packet_filter(1, 1, remote=PDN)
        elements, bearer = self.request(
            gtp.bearer_resource(self.next_seq(), control, gtp.tft(gtp.CREATE_TFT, ping)),
            gtp.CREATE_BEARER)
        self.assertEqual((elements[73, 0], bearer[73, 0]), (b"\x05", b"\0"))
        self.assertEqual((bearer[84, 0], bearer[80, 0][1:]),
                         (gtp.tft(gtp.CREATE_TFT, ping), gtp.VOICE_QOS))
        dedicated = struct.unpack_from("!I", bearer[87, 1], 1)[0]
        answer = gtp.create_bearer_answer(0x800000 | self.seq, control, self.client.address, 0x2300,
                                          6, bearer[87, 1])
        self.client.send(answer)
        self.assert_alive()
        self.ping(dedicated, address, 0x2300)
        self.ping(user, address, 0x2300)
        rtp = gtp.packet_filter(1, 17, ports=(5000, 5001))
        _, bearer = self.request(
            gtp.bearer_resource(self.next_seq(), control, gtp.tft(gtp.REPLACE_FILTERS, rtp), 6),
            gtp.UPDATE_BEARER)
        self.assertEqual((bearer[73, 0], bearer[84, 0]), (b"\x06", gtp.tft(gtp.CREATE_TFT, rtp)))
        self.client.send(gtp.bearer_answer(gtp.UPDATE_BEARER, 0x800000 | self.seq, control, 6))
        self.assert_alive()
        self.ping(user, address, 0x2222)
        elements, _ = self.request(
            gtp.bearer_resource(self.next_seq(), control, gtp.tft(gtp.DELETE_TFT), 6),
            gtp.DELETE_BEARER)
        self.assertEqual(elements[73, 1], b"\x06")
        self.client.send(gtp.bearer_answer(gtp.DELETE_BEARER, 0x800000 | self.seq, control, 6))
        self.assert_alive()
        self.close_v2(control)
        self.wait_sessions(0)

    def test_qos_and_place_of_a_session_change(self):
        control, user, address = self.open_v2()
        elements, bearer = self.request(
            gtp.modify_bearer_command(self.next_seq(), control, 64, 128), gtp.UPDATE_BEARER)
        self.assertEqual((elements[72, 0], bearer[73, 0], bearer[80, 0]),
                         (struct.pack("!II", 64, 128), b"\x05", gtp.QOS2))
        self.client.send(gtp.bearer_answer(gtp.UPDATE_BEARER, 0x800000 | self.seq, control, 5))
        answer = self.client.ask(
            gtp.change_notification(self.next_seq(), control, "001010000000002", 1))
        kind, to, _, elements = gtp.read_v2(answer)
        self.assertEqual((kind, to, elements[2, 0][0]),
                         (gtp.CHANGE_NOTIFICATION + 1, 0x2222, CAUSE2["accepted"]))
        self.ping(user, address, 0x2222)
        self.close_v2(control)

    def test_a_session_of_a_restarted_gateway_waits_for_its_tunnel(self):
        control, user, address = self.open_v2()
        for counter in (1, 2):
            self.client.ask(gtp.v2(gtp.ECHO, None, self.next_seq(), gtp.ie2(3, bytes([counter]))))
        self.client.send(gtp.g_pdu(user, gtp.ping(address, PDN, 1)), gtp.USER)
        self.assertIsNone(self.client.receive(QUIET_S, gtp.USER))
        answer = self.client.ask(
            gtp.modify_bearer(self.next_seq(), control, self.client.address, 0x2224))
        self.assertEqual(gtp.read_v2(answer)[3][2, 0][0], CAUSE2["accepted"])
        self.ping(user, address, 0x2224)
        self.close_v2(control)

    def test_a_repeated_request_gets_the_same_answer_and_no_second_session(self):
        seq = self.next_seq()
        for create in (gtp.create_pdp, gtp.create_session):
            request = create(seq, "001010000000003", self.client.address, 0x3333)
            first = self.client.ask(request)
            self.assertEqual([self.client.ask(request) for _ in range(3)], [first] * 3)
            self.wait_sessions(1)
        # the second one, of the same subscriber, took the first one's place
        self.close_v2(struct.unpack_from("!I", gtp.read_v2(first)[3][87, 1], 1)[0])
        self.wait_sessions(0)

    def test_a_repeated_delete_gets_the_same_answer(self):
        teid, _ = self.open_v1()
        request = gtp.delete_pdp(self.next_seq(), teid)
        first = self.client.ask(request)
        self.assertEqual(self.client.ask(request), first)
        fresh = gtp.read_v1(self.client.ask(gtp.delete_pdp(self.next_seq(), teid)))
        self.assertEqual(fresh[3][1][0], CAUSE1["non-existent"])

    # ---- what is wrong ------------------------------------------------------------------

    def test_unknown_teids_are_answered_with_their_cause(self):
        nobody, client = 0x01fffff0, self.client.address
        for request in (gtp.update_pdp(self.next_seq(), nobody, client, 1),
                        gtp.delete_pdp(self.next_seq(), nobody)):
            self.assertEqual(gtp.read_v1(self.client.ask(request))[3][1][0],
                             CAUSE1["non-existent"])
        for request in (gtp.modify_bearer(self.next_seq(), nobody, client, 1),
                        gtp.delete_session(self.next_seq(), nobody)):
            self.assertEqual(gtp.read_v2(self.client.ask(request))[3][2, 0][0],
                             CAUSE2["not found"])

    def test_a_packet_into_no_tunnel_gets_an_error_indication(self):
        nobody = 0x01fffff0
        answer = self.client.ask(gtp.g_pdu(nobody, gtp.ping("172.16.0.9", PDN, 1)), gtp.USER)
        kind, _, _, elements = gtp.read_v1(answer)
        self.assertEqual((kind, elements[16], elements[133]),
                         (gtp.ERROR_INDICATION, struct.pack("!I", nobody),
                          gtp.ipv4(self.lab.service)))

    def test_a_packet_with_a_false_source_address_goes_nowhere(self):
        teid, _ = self.open_v1()
        self.client.send(gtp.g_pdu(teid, gtp.ping("172.16.99.99", PDN, 1)), gtp.USER)
        self.assertIsNone(self.client.receive(QUIET_S, gtp.USER))
        self.close_v1(teid)

    def test_an_unknown_apn_is_refused(self):
        answer = self.client.ask(gtp.create_pdp(self.next_seq(), "001010000000004",
                                                self.client.address, 1, apn="nowhere"))
        self.assertEqual(gtp.read_v1(answer)[3][1][0], CAUSE1["apn"])
        answer = self.client.ask(gtp.create_session(self.next_seq(), "001010000000004",
                                                    self.client.address, 1, apn="nowhere"))
        self.assertEqual(gtp.read_v2(answer)[3][2, 0][0], CAUSE2["apn"])
        self.wait_sessions(0)

    def test_a_caller_none_of_whose_calls_is_opened_says_so_and_shows_no_zeros(self):
        said = self.lab.vpclab("call", "--calls", 3, "--apn", "nowhere", "--local",
                               self.lab.address("2.8"), expect=1).stdout
        self.assertIn(f"\nNo call was opened: {self.lab.service} refused them", said)
        self.assertIn("(cause 219)\n", said)
        for row in ("packets", "response time", "verification", "deleted", "set-up rate"):
            self.assertNotIn(row, said)

    def test_versions_we_do_not_speak_are_told_so(self):
        for version in (3, 7):
            request = bytearray(gtp.v2(gtp.ECHO, None, self.next_seq()))
            request[0] = version << 5
            answer = self.client.ask(bytes(request))
            self.assertEqual((answer[0] >> 5, answer[1]), (2, gtp.VERSION_NOT_SUPPORTED))
            request[1] = gtp.VERSION_NOT_SUPPORTED  # never one for the other, for ever
            self.client.send(bytes(request))
        self.client.send(b"\x1e\x01\0\0" + bytes(16))  # version 0 has a port of its own
        self.assertIsNone(self.client.receive(QUIET_S))
        self.assert_alive()

    def every_truncation(self, message, read, has_cause):
        """Each shorter form as it is, and with a length field that fits."""
        began = len(self.client.heard)
        length_from = 8 if message[0] >> 5 == 1 else 4
        for end in range(len(message)):
            cut = bytearray(message[:end])
            self.client.send(bytes(cut))
            if end >= 12:
                struct.pack_into("!H", cut, 2, end - length_from)
                self.client.send(bytes(cut))
        self.assert_alive()
        while self.client.receive(QUIET_S):
            pass
        return {read(answer)[3][has_cause][0] for *_, port, answer in self.client.heard[began:]
                if port == gtp.CONTROL and answer[1] == message[1] + 1}

    def test_truncated_requests_are_refused_at_every_length(self):
        teid, address = self.open_v1()
        control, user, address2 = self.open_v2()
        self.wait_sessions(2)
        client, imsi = self.client.address, "001010000000005"
        for message in (gtp.create_pdp(self.next_seq(), imsi, client, 9),
                        gtp.update_pdp(self.next_seq(), teid, client, 9)):
            causes = self.every_truncation(message, gtp.read_v1, 1)
            self.assertIn(CAUSE1["format"], causes)
            self.assertIn(CAUSE1["missing"], causes)
            self.assertNotIn(CAUSE1["accepted"], causes)
        causes = self.every_truncation(gtp.create_session(self.next_seq(), imsi, client, 9),
                                       gtp.read_v2, (2, 0))
        self.assertIn(CAUSE2["length"], causes)
        self.assertIn(CAUSE2["missing"], causes)
        self.assertNotIn(CAUSE2["accepted"], causes)
        for end in range(len(gtp.g_pdu(user, gtp.ping(address2, PDN, 1)))):
            self.client.send(gtp.g_pdu(user, gtp.ping(address2, PDN, 1))[:end], gtp.USER)
        self.assert_alive()
        self.wait_sessions(2)
        self.ping(teid, address, 0x1111)
        self.ping(user, address2, 0x2222)
        self.close_v1(teid)
        self.close_v2(control)

    def test_garbage_and_oversized_datagrams_change_nothing(self):
        teid, address = self.open_v1()
        self.wait_sessions(1)
        dice = random.Random(1)
        heads = [b"", b"\x32\x10", b"\x32\x12", b"\x48\x20", b"\x40", b"\x30\xff", b"\x36\xff"]
        for number in range(2000):
            body = dice.choice(heads) + dice.randbytes(dice.choice((1, 7, 8, 12, 60, 400)))
            self.client.send(body, dice.choice((gtp.CONTROL, gtp.USER)))
            if number % 100 == 0:
                self.assert_alive()
        for port in (gtp.CONTROL, gtp.USER):
            for size in (1473, 9000, 65507):
                self.client.send(gtp.v1(gtp.ECHO, 0, 1, bytes(size - 12)), port)
                self.client.send(b"\x30\xff" + bytes(size - 2), port)
        self.assert_alive()
        self.wait_sessions(1)
        self.ping(teid, address, 0x1111)
        self.close_v1(teid)
        self.wait_sessions(0)

    # ---- the judge, last ----------------------------------------------------------------

    def test_tshark_finds_no_fault_in_any_answer(self):
        if not shutil.which("tshark"):
            self.skipTest("tshark is not installed")
        self.test_echo_is_answered_in_the_version_it_was_asked_in()
        self.test_a_v1_context_is_created_used_updated_and_deleted()
        self.test_a_v2_session_is_created_used_modified_and_deleted()
        self.test_a_secondary_context_takes_the_packets_its_filters_name()
        self.test_a_dedicated_bearer_is_created_used_changed_and_deleted()
        self.test_qos_and_place_of_a_session_change()
        capture = self.lab.dir / "answers.pcap"
        self.client.write_pcap(capture)

        def judged(*words):
            done = subprocess.run(["tshark", "-r", capture, *words], text=True,
                                  capture_output=True, timeout=60,
                                  env={**self.lab.env, "HOME": str(self.lab.dir)})
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout.splitlines()

        self.assertEqual(judged("-Y", "_ws.malformed || _ws.expert.severity == error", "-V"), [])
        self.assertEqual(len(judged("-Y", "gtp || gtpv2")), len(self.client.heard))


if __name__ == "__main__":
    lab.main(Gtp)
