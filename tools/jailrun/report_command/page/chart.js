// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What the charts of a report share. Whatever the report says reaches the page
// as text, never as markup.

'use strict';

const report = JSON.parse(document.getElementById('report').textContent);

function bytesText(bytes) {
  if (bytes === null) return 'not known';
  const suffixes = ['KiB', 'MiB', 'GiB', 'TiB'];
  if (bytes < 1024) return `${bytes} bytes`;
  let value = bytes;
  let suffix = -1;
  while (value >= 1024 && suffix + 1 < suffixes.length) {
    value /= 1024;
    ++suffix;
  }
  return `${d3.format(value < 100 ? '.3~g' : ',.0f')(value)} ${suffixes[suffix]}`;
}

function timeText(us) {
  if (us === null) return 'not known';
  if (us < 1000) return `${us} µs`;
  if (us < 1e6) return `${d3.format('.3~g')(us / 1e3)} ms`;
  return `${d3.format('.3~g')(us / 1e6)} s`;
}

// Steps of bytes that are round for people who count in 1024.
function byteTicks(most, count) {
  let step = 1;
  while (most / step > count) step *= 2;
  return d3.range(0, most + 1, step);
}

// A chart in the element `id`: `draw(svg, width)` draws it, now and whenever its
// width changes. `tip` is where it says what it is that is pointed at, to eyes
// and to screen readers. Returns nothing where the page has no such element.
function chart(id, height, label, draw) {
  const box = document.getElementById(id);
  if (box === null) return;
  box.tabIndex = 0;
  box.setAttribute('role', 'application');
  box.setAttribute('aria-label', label);
  const tip = document.createElement('p');
  tip.className = 'tip';
  tip.setAttribute('role', 'status');
  tip.textContent = box.dataset.hint;
  box.after(tip);
  const svg = d3.select(box).append('svg').attr('aria-hidden', 'true');
  const say = (text) => {
    tip.textContent = text ?? box.dataset.hint;
  };
  let width = 0;
  const redraw = () => {
    const now = Math.floor(box.clientWidth);
    if (now === width || now === 0) return;
    width = now;
    svg.attr('viewBox', null).attr('width', width).attr('height', height);
    svg.selectAll('*').remove();
    draw(svg, width, say, box);
  };
  redraw();
  new ResizeObserver(redraw).observe(box);
}

// What is pointed at, of `count` things that stand beside each other, by mouse,
// finger or arrow keys; `at(x)` is the one at that place, `show(i)` marks it.
function cursor(box, svg, count, at, show) {
  let current = -1;
  const go = (index) => {
    current = Math.max(0, Math.min(count - 1, index));
    show(current);
  };
  svg.on('mousemove touchmove touchstart', () => {
    const touch = d3.event.touches ? d3.event.touches[0] : d3.event;
    go(at(touch.clientX - svg.node().getBoundingClientRect().left));
  });
  box.onfocus = () => {
    if (current < 0 && box.matches(':focus-visible')) go(0);
  };
  box.onkeydown = (event) => {
    const far = Math.max(1, Math.round(count / 20));
    const moves = {
      ArrowLeft: current - 1, ArrowRight: current + 1, PageUp: current - far,
      PageDown: current + far, Home: 0, End: count - 1,
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    go(moves[event.key]);
  };
}
