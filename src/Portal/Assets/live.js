// A page that renews the part called "live" when the server says that something moved.
'use strict';
(() => {
  let due = false, busy = false;
  async function renewIfDue() {
    if (!due || busy || document.hidden || document.querySelector('#live details[open]')) return; // not under somebody's hands
    due = false;
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { 'X-Live': '1', Accept: 'text/html' } });
      if (!answer.ok || answer.redirected) { // the session is over
        location.reload();
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const fresh = document.importNode(page.getElementById('live'), true);
      localTimes(fresh);
      document.getElementById('live').replaceWith(fresh);
    } catch { due = true; } finally { busy = false; }
  }
  const events = new EventSource(document.getElementById('live').dataset.live);
  events.onmessage = () => { due = true; renewIfDue(); };
  document.addEventListener('visibilitychange', renewIfDue);
  setInterval(renewIfDue, 3000);
})();
