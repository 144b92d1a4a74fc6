"""A web server for the tests of fetching: python3 http_server.py FOLDER LOG. Prints its port.
Behaviour by the first part of the path: plain, cut (every answer stops after 1000 bytes), norange
(ranges are refused, the first answer is cut), wrongrange, wrong (other bytes of the same length),
redirect (to plain). The log holds a line "PATH RANGE" a request."""
import http.server
import os
import sys

FOLDER, LOG = sys.argv[1], sys.argv[2]
seen = set()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        kind, _, name = self.path.lstrip("/").partition("/")
        wanted = self.headers.get("Range")
        with open(LOG, "a", encoding="utf-8") as log:
            log.write(f"{self.path} {wanted or '-'}\n")
        path = os.path.join(FOLDER, os.path.basename(name))
        if kind == "redirect":
            self.send_response(302)
            self.send_header("Location", "/plain/" + name)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if not os.path.isfile(path):
            self.send_response(404)
            self.send_header("Content-Length", "6")
            self.end_headers()
            self.wfile.write(b"absent")
            return
        with open(path, "rb") as file:
            body = file.read()
        if kind == "wrong":
            body = bytes(255 - byte for byte in body)
        first = 0
        if wanted and kind != "norange":
            first = int(wanted[len("bytes="):].split("-")[0])
            if first >= len(body):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(body)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            told = 0 if kind == "wrongrange" else first
            self.send_header("Content-Range", f"bytes {told}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        part = body[first:]
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        cut = kind in ("cut", "wrongrange") or (kind == "norange" and self.path not in seen)
        seen.add(self.path)
        self.wfile.write(part[:1000] if cut else part)
        if cut and len(part) > 1000:
            self.wfile.flush()
            self.connection.close()
            self.close_connection = True


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
