"""Pages that are written from tables say what the tables say."""

import pathlib
import subprocess
import unittest

import lab
import tap


class Pages(unittest.TestCase):
    def test_the_list_of_commands_is_that_of_the_tables(self):
        page = pathlib.Path(lab.SOURCE) / "docs" / "commands.md"
        made = subprocess.run([pathlib.Path(lab.BUILD) / "docs" / "commands_page"], text=True,
                              capture_output=True, check=True).stdout
        self.assertEqual(page.read_text(), made, "write it anew: ninja docs, in a build directory")


if __name__ == "__main__":
    tap.main(Pages, environment=[("VPCLAB_BUILD", str(lab.BUILD))])
