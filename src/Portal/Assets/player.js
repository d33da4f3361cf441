// Plays cines at the times of their frames, frame by frame where asked, with the saliency over it.
'use strict';
(() => {
  const player = document.getElementById('player');
  if (!player) return;
  const $ = id => document.getElementById(id);
  const canvas = $('screen'), paint = canvas.getContext('2d');
  const overlays = JSON.parse(player.dataset.overlays || '[]');
  const base = `/studies/${encodeURIComponent(player.dataset.study)}/cines/`;
  const AHEAD = 4; // frames fetched at a time: a hospital's PC, and a server with other readers

  class Cine {
    constructor(sop) { this.sop = sop; this.images = []; this.gone = false; }
    async open(onFrame) {
      const answer = await fetch(base + encodeURIComponent(this.sop));
      if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.detail || 'it cannot be shown');
      Object.assign(this, await answer.json());
      let next = 0;
      const fetchOn = async () => {
        while (next < this.frames && !this.gone) {
          const i = next++;
          const image = new Image();
          image.src = `${base}${encodeURIComponent(this.sop)}/frames/${i + 1}`;
          try { await image.decode(); } catch { continue; }
          this.images[i] = image;
          onFrame(i);
        }
      };
      this.loading = Promise.all(Array.from({ length: AHEAD }, fetchOn));
      return this;
    }
    // The last frame is shown as long as the ones before it were on average.
    get length() { return this.frames < 2 ? 1 : this.times[this.frames - 1] * this.frames / (this.frames - 1); }
    at(ms) { let i = 0; while (i + 1 < this.frames && this.times[i + 1] <= ms) i++; return i; }
  }

  let cine = null, over = null, index = 0, playing = false, clock = 0, last = 0;

  function draw() {
    const image = cine?.images[index];
    if (!image) return;
    paint.globalAlpha = 1;
    paint.drawImage(image, 0, 0);
    const place = over ? over.covers.indexOf(cine.sourceFrames[index]) : -1;
    const veil = place >= 0 ? over.cine.images[place] : null;
    if (veil) { paint.globalAlpha = $('opacity').value / 100; paint.drawImage(veil, 0, 0, canvas.width, canvas.height); }
    canvas.dataset.frame = index + 1;
    canvas.dataset.overlay = veil ? 'on' : 'off';
    $('place').value = index + 1;
    $('where').textContent = `${cine.sourceFrames[index]} / ${cine.frames} · ${Math.round(cine.times[index])} ms${cine.timesAssumed ? ' (times assumed)' : ''}`;
  }

  function go(to) {
    if (!cine) return;
    index = Math.max(0, Math.min(cine.frames - 1, to));
    clock = cine.times[index];
    draw();
  }
  function step(by) { pause(); if (cine) go($('loop').checked ? (index + by + cine.frames) % cine.frames : index + by); }
  function pause() { playing = false; $('play').textContent = '▶'; }
  function play() {
    if (!cine || cine.frames < 2) return;
    if (!$('loop').checked && index === cine.frames - 1) go(0);
    playing = true;
    last = performance.now();
    $('play').textContent = '❚❚';
    requestAnimationFrame(tick);
  }
  function tick(now) {
    if (!playing) return;
    let ahead = clock + (now - last) * $('speed').value;
    last = now;
    if (ahead >= cine.length) {
      if (!$('loop').checked) { go(cine.frames - 1); pause(); return; }
      ahead %= cine.length;
    }
    const next = cine.at(ahead);
    if (cine.images[next]) { clock = ahead; if (next !== index) { index = next; draw(); } } // else it waits for the frame
    requestAnimationFrame(tick);
  }

  async function show(sop, frame) {
    if (cine?.sop === sop) { pause(); go((frame || 1) - 1); return; }
    pause();
    if (cine) cine.gone = true;
    if (over) over.cine.gone = true;
    over = null;
    for (const button of document.querySelectorAll('button.cine')) button.setAttribute('aria-pressed', button.dataset.sop === sop);
    $('said').textContent = 'loading …';
    const opened = cine = new Cine(sop);
    try {
      await opened.open(i => {
        if (cine !== opened) return;
        if (i === index) { $('said').textContent = ''; draw(); }
      });
    } catch (e) {
      if (cine === opened) { cine = null; paint.clearRect(0, 0, canvas.width, canvas.height); $('said').textContent = e.message; }
      return;
    }
    if (cine !== opened) return;
    canvas.width = opened.columns;
    canvas.height = opened.rows;
    $('place').max = opened.frames;
    index = Math.max(0, opened.sourceFrames.indexOf(frame || 1));
    clock = opened.times[index];
    offer(sop);
  }

  function offer(sop) {
    const choice = $('overlay');
    if (!choice) return;
    const mine = overlays.filter(one => one.sourceSopInstanceUid === sop);
    choice.replaceChildren(new Option(mine.length ? 'off' : 'none here', ''), ...mine.map(one => new Option(one.title.replace(/^AI saliency for /, '').replace(/;.*/, ''), one.sopInstanceUid)));
    choice.disabled = !mine.length;
  }
  async function lay(sop) {
    if (over) over.cine.gone = true;
    over = null;
    draw();
    if (!sop) return;
    const chosen = { cine: new Cine(sop), covers: overlays.find(one => one.sopInstanceUid === sop).sourceFrames };
    over = chosen;
    try { await chosen.cine.open(() => { if (over === chosen) draw(); }); }
    catch (e) { if (over === chosen) { over = null; $('said').textContent = e.message; } }
  }

  $('play').onclick = () => playing ? pause() : play();
  $('back').onclick = () => step(-1);
  $('ahead').onclick = () => step(1);
  $('place').oninput = event => { pause(); go(event.target.value - 1); };
  canvas.addEventListener('wheel', event => { step(event.deltaY > 0 ? 1 : -1); event.preventDefault(); }, { passive: false });
  canvas.onclick = () => playing ? pause() : play();
  $('overlay')?.addEventListener('change', event => lay(event.target.value));
  $('opacity')?.addEventListener('input', draw);
  for (const button of document.querySelectorAll('button.cine, button.key-frame')) button.onclick = () => show(button.dataset.sop, Number(button.dataset.frame) || 1);
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.altKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (event.key === ' ' && event.target.tagName !== 'BUTTON' && event.target.tagName !== 'SUMMARY') { playing ? pause() : play(); event.preventDefault(); }
    else if (event.key === 'ArrowLeft') { step(-1); event.preventDefault(); }
    else if (event.key === 'ArrowRight') { step(1); event.preventDefault(); }
    else if (/^[1-6]$/.test(event.key)) document.querySelector(`.answer button[aria-keyshortcuts="${event.key}"]`)?.click();
  });

  const first = player.dataset.sop || document.querySelector('button.cine:not([disabled])')?.dataset.sop;
  if (first) show(first, Number(player.dataset.frame) || 1);
})();
