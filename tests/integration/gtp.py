"""GTP messages as bytes, built and read without any of our own C code.

GTPv1-C: 3GPP TS 29.060, GTPv2-C: TS 29.274, GTP-U: TS 29.281. Only what the tests say to a
gateway: a request is a list of elements, an answer is read into a dict by element type.
"""

import select
import socket
import struct
import time

CONTROL, USER = 2123, 2152


def ipv4(address):
    return socket.inet_aton(address)


def tbcd(digits):
    padded = digits + "f" * (len(digits) % 2)
    return bytes(int(padded[i + 1] + padded[i], 16) for i in range(0, len(padded), 2))


def labels(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))


# ---- version 1 ----------------------------------------------------------------------------

ECHO, ECHO_ANSWER, VERSION_NOT_SUPPORTED = 1, 2, 3
CREATE_PDP, UPDATE_PDP, DELETE_PDP = 16, 18, 20
ERROR_INDICATION, G_PDU = 26, 255
PCO = bytes.fromhex("80 000d 00")  # asks for the address of a DNS server
QOS1 = bytes.fromhex("02 0b921f")
TV_LENGTHS = {1: 1, 8: 1, 14: 1, 16: 4, 17: 4, 20: 1, 127: 4}


def v1(kind, teid, seq, elements=b""):
    return struct.pack("!BBHIHH", 0x32, kind, len(elements) + 4, teid, seq, 0) + elements


def tlv1(kind, value):
    return struct.pack("!BH", kind, len(value)) + value


# The user plane has the TEID of the control plane unless `user` says another.


def create_pdp(seq, imsi, client, teid, apn="internet", user=None):
    """In ascending order of elements, the mandatory QoS last: no shorter form is complete."""
    return v1(CREATE_PDP, 0, seq, b"".join([
        b"\x02" + tbcd(imsi.ljust(16, "f")), b"\x0f\xfc", struct.pack("!BI", 16, user or teid),
        struct.pack("!BI", 17, teid), b"\x14\x05", tlv1(128, b"\xf1\x21"), tlv1(131, labels(apn)),
        tlv1(132, PCO), tlv1(133, ipv4(client)), tlv1(133, ipv4(client)), tlv1(135, QOS1)]))


def update_pdp(seq, gateway_teid, client, teid, user=None):
    return v1(UPDATE_PDP, gateway_teid, seq, b"".join([
        struct.pack("!BI", 16, user or teid), struct.pack("!BI", 17, teid), b"\x14\x05",
        tlv1(133, ipv4(client)), tlv1(133, ipv4(client)), tlv1(135, QOS1)]))


def delete_pdp(seq, gateway_teid):
    return v1(DELETE_PDP, gateway_teid, seq, b"\x13\xff\x14\x05")


def packet_filter(number, protocol, remote=None, ports=None):
    """Of both directions (TS 24.008 10.5.6.12)."""
    content = (b"\x10" + ipv4(remote) + b"\xff" * 4 if remote else b"") + bytes([0x30, protocol])
    if ports:
        content += struct.pack("!BHH", 0x51, *ports)
    return struct.pack("!BBB", 0x30 | number, 10, len(content)) + content


def tft(operation, *filters):
    return bytes([operation << 5 | len(filters)]) + b"".join(filters)


CREATE_TFT, DELETE_TFT, REPLACE_FILTERS = 1, 2, 4


def create_secondary(seq, gateway_teid, client, teid, nsapi, flow):
    return v1(CREATE_PDP, gateway_teid, seq, b"".join([
        struct.pack("!BI", 16, teid), bytes([20, nsapi]), b"\x14\x05",
        tlv1(133, ipv4(client)), tlv1(133, ipv4(client)), tlv1(135, QOS1), tlv1(137, flow)]))


def delete_secondary(seq, gateway_teid, nsapi):
    return v1(DELETE_PDP, gateway_teid, seq, bytes([0x13, 0xfe, 0x14, nsapi]))


def read_v1(message):
    """Kind, TEID, sequence number and the elements, the first of each type."""
    _, kind, length, teid, seq, _ = struct.unpack_from("!BBHIHH", message)
    assert length == len(message) - 8, "length field and datagram differ"
    elements, at = {}, 12
    while at < len(message):
        ie = message[at]
        if ie < 128:
            start, end = at + 1, at + 1 + TV_LENGTHS[ie]
        else:
            start = at + 3
            end = start + struct.unpack_from("!H", message, at + 1)[0]
        elements.setdefault(ie, message[start:end])
        at = end
    assert at == len(message), "the last element runs over the end"
    return kind, teid, seq, elements


# ---- version 2 ----------------------------------------------------------------------------

CREATE_SESSION, MODIFY_BEARER, DELETE_SESSION = 32, 34, 36
CHANGE_NOTIFICATION, MODIFY_BEARER_COMMAND = 38, 64
BEARER_RESOURCE, CREATE_BEARER, UPDATE_BEARER, DELETE_BEARER = 68, 95, 97, 99
QOS2 = bytes([0x7c, 9]) + bytes(20)
VOICE_QOS = b"\x01" + 4 * (64).to_bytes(5, "big")


def v2(kind, teid, seq, elements=b""):
    tail = seq.to_bytes(3, "big") + b"\0" + elements
    if teid is None:
        return struct.pack("!BBH", 0x40, kind, len(tail)) + tail
    return struct.pack("!BBHI", 0x48, kind, len(tail) + 4, teid) + tail


def ie2(kind, value, instance=0):
    return struct.pack("!BHB", kind, len(value), instance) + value


def fteid(interface, teid, address, instance=0):
    return ie2(87, struct.pack("!BI", 0x80 | interface, teid) + ipv4(address), instance)


def create_session(seq, imsi, client, teid, apn="internet", user=None):
    """The mandatory bearer context last: no shorter form is complete."""
    bearer = ie2(73, b"\x05") + fteid(4, user or teid, client, 2) + ie2(80, QOS2)
    return v2(CREATE_SESSION, 0, seq, b"".join([
        ie2(1, tbcd(imsi)), ie2(71, labels(apn)), ie2(72, struct.pack("!II", 1000, 2000)),
        ie2(76, tbcd("4670200001")), ie2(78, PCO), ie2(79, b"\x01" + bytes(4)), ie2(82, b"\x06"),
        ie2(83, bytes.fromhex("00f110")), fteid(6, teid, client), ie2(99, b"\x01"),
        ie2(127, b"\0"), ie2(128, b"\0"), ie2(93, bearer)]))


def modify_bearer(seq, gateway_teid, client, teid, user=None):
    return v2(MODIFY_BEARER, gateway_teid, seq, fteid(6, teid, client) +
              ie2(93, ie2(73, b"\x05") + fteid(4, user or teid, client, 1)))


def delete_session(seq, gateway_teid):
    return v2(DELETE_SESSION, gateway_teid, seq, ie2(73, b"\x05"))


def bearer_resource(seq, gateway_teid, flow, ebi=None, qos=VOICE_QOS):
    """Sequence numbers of commands have their highest bit set (TS 29.274 7.6)."""
    return v2(BEARER_RESOURCE, gateway_teid, 0x800000 | seq, b"".join([
        ie2(73, b"\x05"), ie2(73, bytes([ebi]), 1) if ebi else b"", ie2(81, qos), ie2(85, flow),
        ie2(100, b"\x01")]))


def modify_bearer_command(seq, gateway_teid, up, down):
    return v2(MODIFY_BEARER_COMMAND, gateway_teid, 0x800000 | seq, ie2(
        72, struct.pack("!II", up, down)) + ie2(93, ie2(73, b"\x05") + ie2(80, QOS2)))


def change_notification(seq, gateway_teid, imsi, rat):
    return v2(CHANGE_NOTIFICATION, gateway_teid, seq, ie2(1, tbcd(imsi)) + ie2(82, bytes([rat])))


def create_bearer_answer(seq, gateway_teid, client, teid, ebi, asked):
    """`asked` is the P-GW's F-TEID as it came."""
    bearer = ie2(2, b"\x10\0") + ie2(73, bytes([ebi])) + fteid(4, teid, client, 2) + \
        ie2(87, asked, 3)
    return v2(CREATE_BEARER + 1, gateway_teid, seq, ie2(2, b"\x10\0") + ie2(93, bearer))


def bearer_answer(kind, seq, gateway_teid, ebi):
    """To an Update or Delete Bearer Request."""
    return v2(kind + 1, gateway_teid, seq, ie2(2, b"\x10\0") +
              ie2(93, ie2(2, b"\x10\0") + ie2(73, bytes([ebi]))))


def read_elements2(body):
    elements, at = {}, 0
    while at < len(body):
        kind, length, instance = struct.unpack_from("!BHB", body, at)
        elements.setdefault((kind, instance & 15), body[at + 4:at + 4 + length])
        at += 4 + length
    assert at == len(body), "the last element runs over the end"
    return elements


def read_v2(message):
    """Kind, TEID (None: without), sequence number, elements by (type, instance)."""
    flags, kind, length = struct.unpack_from("!BBH", message)
    assert length == len(message) - 4, "length field and datagram differ"
    has_teid = flags & 8
    teid = struct.unpack_from("!I", message, 4)[0] if has_teid else None
    at = 8 if has_teid else 4
    return kind, teid, int.from_bytes(message[at:at + 3], "big"), read_elements2(message[at + 4:])


# ---- user plane ---------------------------------------------------------------------------


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


def ping(source, destination, number):
    icmp = struct.pack("!BBHHH", 8, 0, 0, 77, number) + b"0123456789abcdef"
    icmp = icmp[:2] + struct.pack("!H", checksum(icmp)) + icmp[4:]
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(icmp), number, 0, 64, 1, 0,
                       ipv4(source), ipv4(destination))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + icmp


def g_pdu(teid, packet):
    return struct.pack("!BBHI", 0x30, G_PDU, len(packet), teid) + packet


# ---- a client and what it heard ------------------------------------------------------------


class Client:
    """A GTP client on both ports of one address; keeps all answers for the capture."""

    def __init__(self, address, gateway):
        self.address, self.gateway = address, gateway
        self.sockets = {}
        for port in (CONTROL, USER):
            self.sockets[port] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.sockets[port].bind((address, port))
        self.heard = []

    def close(self):
        for sock in self.sockets.values():
            sock.close()

    def send(self, message, port=CONTROL):
        self.sockets[port].sendto(message, (self.gateway, port))

    def receive(self, seconds, port=CONTROL):
        """The next answer, or None after that time."""
        if not select.select([self.sockets[port]], [], [], seconds)[0]:
            return None
        answer, (address, source) = self.sockets[port].recvfrom(65535)
        self.heard.append((time.time(), address, source, port, answer))
        return answer

    def ask(self, message, port=CONTROL, seconds=30):
        """The answer to one request; whatever came before is set aside first."""
        while self.receive(0, port):
            pass
        self.send(message, port)
        answer = self.receive(seconds, port)
        assert answer is not None, f"no answer within {seconds} s to {message.hex()}"
        return answer

    def write_pcap(self, path):
        """What was heard as a capture of raw IPv4 packets."""
        with path.open("wb") as out:
            out.write(struct.pack("!IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
            for when, address, source, port, payload in self.heard:
                total = 28 + len(payload)
                head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, total, 0, 0, 64, 17, 0, ipv4(address),
                                   ipv4(self.address))
                head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
                out.write(struct.pack("!IIII", int(when), int(when % 1 * 1e6), total, total) +
                          head + struct.pack("!HHHH", source, port, 8 + len(payload), 0) + payload)
