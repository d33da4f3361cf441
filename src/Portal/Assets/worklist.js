// The open worklist: renews itself when the server says that something moved, and goes by the keyboard.
'use strict';
(() => {
  const rows = () => [...document.querySelectorAll('#list tbody tr')];
  const link = row => row.querySelector('a');
  const current = () => document.activeElement?.closest?.('#list tbody tr');

  async function renew() {
    const selected = current()?.dataset.uid;
    const answer = await fetch(location.href, { headers: { 'X-Live': '1', Accept: 'text/html' } });
    if (!answer.ok || answer.redirected) { // the session is over
      location.reload();
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = document.importNode(page.getElementById('list'), true);
    localTimes(fresh);
    document.getElementById('list').replaceWith(fresh);
    if (selected) {
      const again = rows().find(row => row.dataset.uid === selected);
      if (again) link(again).focus({ preventScroll: true });
    }
  }

  let due = false, busy = false;
  async function renewIfDue() {
    if (!due || busy || document.hidden) return;
    due = false;
    busy = true;
    try { await renew(); } catch { due = true; } finally { busy = false; }
  }
  const events = new EventSource(document.getElementById('list').dataset.live);
  events.onmessage = () => { due = true; renewIfDue(); };
  document.addEventListener('visibilitychange', renewIfDue);
  setInterval(renewIfDue, 3000);

  for (const select of document.querySelectorAll('.filters select')) select.addEventListener('change', () => select.form.requestSubmit());

  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === 'Escape' && typing) { event.target.blur(); return; }
    if (typing) return;
    const all = rows(), at = all.indexOf(current());
    if (event.key === '/') { document.querySelector('.filters input[type=search]').focus(); event.preventDefault(); }
    else if (event.key === 'j' || event.key === 'ArrowDown') { if (all.length) { link(all[Math.min(at + 1, all.length - 1)]).focus(); event.preventDefault(); } }
    else if (event.key === 'k' || event.key === 'ArrowUp') { if (at > 0) { link(all[at - 1]).focus(); event.preventDefault(); } }
    else if (event.key === 'n') document.getElementById('next')?.click();
  });
})();
