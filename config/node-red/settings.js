// What the flows beside this file need of Node-RED's settings.js: a context on disk, in which
// they keep the overloads that they have acted on. Take `contextStorage` over into your own.
module.exports = {
    contextStorage: {
        default: { module: "memory" },
        disk: { module: "localfilesystem", config: { flushInterval: 1 } },
    },
};
