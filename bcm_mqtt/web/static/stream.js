// Server-sent events. A hidden page closes its stream: browsers allow few connections to one
// server, and everything is told anew when it is opened again.

/** Calls `take(event, of, values, whole)` for every parcel and `lost()` when the server is away. */
export function follow(url, names, take, lost) {
  let source = null;

  function open() {
    if (source || document.hidden) return;
    source = new EventSource(url);
    for (const name of names) {
      source.addEventListener(name, (event) => {
        const { of, all, new: changed } = JSON.parse(event.data);
        take(name, of, all ?? changed, all !== undefined);
      });
    }
    source.onerror = () => {
      lost();
      // After an answer that is none of events the browser does not try again by itself.
      if (source?.readyState === EventSource.CLOSED) {
        close();
        fetch(url, { method: "HEAD" })
          .then((answer) => answer.status === 401 && location.reload())
          .catch(() => {});
        setTimeout(open, 5000);
      }
    };
  }

  function close() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
}
