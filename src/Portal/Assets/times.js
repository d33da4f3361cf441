// Times in the reader's own zone; the page itself says UTC.
'use strict';
function localTimes(root) {
  const today = new Date().toDateString();
  for (const time of root.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime);
    time.title = time.title || time.textContent;
    const clock = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', second: time.dataset.seconds ? '2-digit' : undefined });
    const pad = n => String(n).padStart(2, '0');
    time.textContent = at.toDateString() === today ? clock : `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${clock}`;
  }
}
localTimes(document);
