// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What was live when most was: who asked for it, callers above those they call.
// A click or Enter looks closer, Escape looks at all; the arrow keys walk.

const ROW = 20;

function frameName(frame) {
  if (frame.function) return frame.function;
  if (!frame.module) return 'not known';
  const file = frame.module.slice(frame.module.lastIndexOf('/') + 1);
  return `${file}+0x${(frame.offset ?? 0).toString(16)}`;
}

// Frames of one name below the same callers are one.
function merged(stacks) {
  const root = {name: 'all that was live', bytes: 0, count: 0, below: new Map()};
  for (const stack of stacks) {
    let node = root;
    const add = (each) => {
      each.bytes += stack.bytes ?? 0;
      each.count += stack.count ?? 0;
    };
    add(root);
    for (const frame of [...stack.frames].reverse()) {
      const name = frameName(frame);
      const key = `${name}\n${frame.module}`;
      if (!node.below.has(key)) {
        node.below.set(key, {name, frame, bytes: 0, count: 0, below: new Map()});
      }
      node = node.below.get(key);
      add(node);
    }
  }
  return root;
}

function flameData() {
  const root = d3.hierarchy(merged(report.profile.peak.stacks),
                            (node) => [...node.below.values()]);
  root.each((node) => {
    node.value = node.data.bytes;
  });
  root.sort((a, b) => b.value - a.value);
  return d3.partition()(root);
}

function drawFlame(root) {
  return (svg, width, say, box) => {
    let focus = root;
    let current = null;
    const groups = svg.selectAll('g').data(root.descendants()).join('g')
        .classed('root', (d) => d.depth === 0);
    groups.append('rect').attr('height', ROW - 1);
    groups.append('text').attr('y', 14);
    const tell = (d) => {
      const frame = d.data.frame;
      const share = root.value > 0 ? 100 * d.value / root.value : 0;
      let text = `${d.data.name}: ${bytesText(d.value)} in ` +
          `${d.data.count} blocks, ${d3.format('.1f')(share)} %`;
      if (frame && frame.file) text += `; ${frame.file}:${frame.line ?? '?'}`;
      if (frame && frame.module) text += `; ${frame.module}`;
      say(text);
    };
    const select = (d) => {
      current = d;
      groups.classed('at', (each) => each === d);
      tell(d);
    };
    const show = () => {
      const x = d3.scaleLinear([focus.x0, focus.x1], [0, width]);
      const placed = (d) => {
        const from = Math.max(0, x(d.x0));
        return [from, Math.min(width, x(d.x1)) - from];
      };
      groups.attr('visibility', (d) => placed(d)[1] < .5 ? 'hidden' : null)
          .attr('transform',
                (d) => `translate(${placed(d)[0]},${d.depth * ROW})`);
      groups.select('rect').attr('width', (d) => Math.max(0, placed(d)[1]));
      groups.select('text').attr('x', 5).text((d) => {
        const room = Math.floor((placed(d)[1] - 10) / 7.3);
        if (room < 3) return '';
        const name = d.data.name;
        return name.length <= room ? name : name.slice(0, room - 1) + '…';
      });
    };
    const zoom = (d) => {
      focus = d;
      show();
      select(d);
    };
    groups.on('click', zoom).on('mousemove', tell);
    const beside = (step) => {
      const all = current.parent ? current.parent.children : [current];
      return all[all.indexOf(current) + step];
    };
    box.onfocus = () => {
      if (current === null && box.matches(':focus-visible')) select(focus);
    };
    box.onkeydown = (event) => {
      if (current === null) current = focus;
      const moves = {
        ArrowUp: () => current.parent, ArrowLeft: () => beside(-1),
        ArrowDown: () => current.children && current.children[0],
        ArrowRight: () => beside(1),
      };
      if (event.key in moves) {
        const next = moves[event.key]();
        if (next) select(next);
      } else if (event.key === 'Enter') {
        zoom(current);
      } else if (event.key === 'Escape') {
        zoom(root);
      } else {
        return;
      }
      event.preventDefault();
    };
    show();
  };
}

if (report.profile !== null && report.profile.peak !== null &&
    report.profile.peak.stacks.length > 0) {
  const root = flameData();
  chart('flame', (root.height + 1) * ROW,
        'What was live at the peak, by who asked for it', drawFlame(root));
}
