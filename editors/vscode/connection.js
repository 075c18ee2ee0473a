// A language server's process and the messages between: framed JSON-RPC over its standard input and output.
"use strict";

const { spawn } = require("node:child_process");

class Connection {
  /** `heard` is given each notification and request of the server, `log` what it writes to its log. */
  constructor(command, args, options, heard, log) {
    this.waiting = new Map();
    this.number = 0;
    this.rest = Buffer.alloc(0);
    this.heard = heard;
    this.process = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
    this.process.stdout.on("data", (data) => this.take(data));
    this.process.stderr.on("data", (data) => log(data.toString()));
    this.process.stdin.on("error", () => {}); // it has gone; `ended` says so
    this.ended = new Promise((done) => {
      this.process.on("error", (failure) => this.fail(failure, done));
      this.process.on("exit", (status) => this.fail(new Error(`the server ended with status ${status}`), done));
    });
  }

  fail(reason, done) {
    for (const { reject } of this.waiting.values()) reject(reason);
    this.waiting.clear();
    done(reason);
  }

  take(data) {
    this.rest = Buffer.concat([this.rest, data]);
    for (;;) {
      const head = this.rest.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/content-length: *(\d+)/i.exec(this.rest.toString("ascii", 0, head))?.[1] ?? 0);
      const end = head + 4 + length;
      if (this.rest.length < end) return;
      const message = JSON.parse(this.rest.toString("utf8", head + 4, end));
      this.rest = this.rest.subarray(end);
      this.deal(message);
    }
  }

  deal(message) {
    if (message.method !== undefined) {
      const answer = this.heard(message.method, message.params);
      if (message.id !== undefined) this.send({ id: message.id, result: answer ?? null });
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error) waiting?.reject(new Error(message.error.message));
    else waiting?.resolve(message.result);
  }

  send(message) {
    const data = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    this.process.stdin.write(`Content-Length: ${data.length}\r\n\r\n`);
    this.process.stdin.write(data);
  }

  tell(method, params) {
    this.send({ method, params });
  }

  /** The result; rejected with the server's sentence when it refuses. `token` cancels. */
  ask(method, params, token) {
    const id = ++this.number;
    const answer = new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    token?.onCancellationRequested(() => this.tell("$/cancelRequest", { id }));
    this.send({ id, method, params });
    return answer;
  }

  async stop() {
    const late = setTimeout(() => this.process.kill(), 2000);
    try {
      await this.ask("shutdown", null);
      this.tell("exit", null);
    } catch {
      this.process.kill();
    }
    await this.ended;
    clearTimeout(late);
  }
}

module.exports = { Connection };
