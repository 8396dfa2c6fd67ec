// Loaded before the Agents Playground: it would listen on every interface and call home. Neither happens here.
"use strict";
const net = require("node:net");
const LOOPBACK = new Set(["127.0.0.1", "localhost", "::1"]);

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...given) {
  if (typeof given[0] === "number" || typeof given[0] === "string") {
    const port = Number(given[0]);
    if (Number.isInteger(port)) given = [{ port, host: "127.0.0.1" }, ...given.slice(1).filter((one) => typeof one === "function")];
  } else if (given[0] && typeof given[0] === "object" && "port" in given[0]) {
    given[0] = { ...given[0], host: "127.0.0.1" };
  }
  return listen.apply(this, given);
};

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  const first = Array.isArray(given[0]) ? given[0][0] : given[0];
  const options = first && typeof first === "object" ? first : { host: typeof given[1] === "string" ? given[1] : "localhost" };
  if (!options.path && !LOOPBACK.has(options.host || "localhost")) {
    process.nextTick(() => this.destroy(new Error(`not from here: ${options.host}`)));
    return this;
  }
  return connect.apply(this, given);
};
