"""What a host keeps of itself before it is hardened, and how it puts that back.

This program is sent to the host and runs there, as root, on whatever Python 3.9 or newer the host
has, without any library. It lies beside what it keeps (`/var/lib/govctl/hardening/RUN/undo`), so a
person at the console needs nothing else: `python3 /var/lib/govctl/hardening/RUN/undo restore`.
"""
