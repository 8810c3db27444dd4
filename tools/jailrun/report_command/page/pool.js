// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The pool over time, and how it lies in memory.

function drawPool(svg, width, say, box) {
  const samples = report.profile.samples;
  const height = 260;
  const margin = {top: 12, right: 26, bottom: 28, left: 64};
  const last = Math.max(1, d3.max(samples, (s) => s.at_us));
  const used = d3.max(
      samples, (s) => Math.max(s.in_use_bytes, s.high_water_bytes));
  // A pool that is many times as large would press all that happens to the floor.
  const whole = used * 3 >= report.pool_bytes;
  const most = Math.max(1, used, whole ? report.pool_bytes : 0);
  const x = d3.scaleLinear([0, last], [margin.left, width - margin.right]);
  const y = d3.scaleLinear([0, most * 1.04],
                           [height - margin.bottom, margin.top]);
  svg.append('g').attr('class', 'axis')
      .attr('transform', `translate(0,${height - margin.bottom})`)
      .call(d3.axisBottom(x).ticks(width < 500 ? 4 : 8).tickFormat(timeText)
                .tickSizeOuter(0));
  svg.append('g').attr('class', 'axis')
      .attr('transform', `translate(${margin.left},0)`)
      .call(d3.axisLeft(y).tickValues(byteTicks(most, 6)).tickFormat(bytesText)
                .tickSize(-(width - margin.left - margin.right)));
  const by = (key) => d3.line().curve(d3.curveStepAfter).x((s) => x(s.at_us))
                          .y((s) => y(s[key]));
  svg.append('path').attr('class', 'area').datum(samples).attr(
      'd', d3.area().curve(d3.curveStepAfter).x((s) => x(s.at_us)).y0(y(0))
               .y1((s) => y(s.in_use_bytes)));
  if (whole) {
    svg.append('line').attr('class', 'limit')
        .attr('x1', margin.left).attr('x2', width - margin.right)
        .attr('y1', y(report.pool_bytes)).attr('y2', y(report.pool_bytes));
    svg.append('path').attr('class', 'free').datum(samples)
        .attr('d', by('largest_free_bytes'));
  }
  svg.append('path').attr('class', 'high-water').datum(samples)
      .attr('d', by('high_water_bytes'));
  svg.append('path').attr('class', 'in-use').datum(samples)
      .attr('d', by('in_use_bytes'));
  document.getElementById('free-legend').hidden = !whole;
  const line = svg.append('line').attr('class', 'cursor')
      .attr('y1', margin.top).attr('y2', height - margin.bottom)
      .attr('visibility', 'hidden');
  const left = d3.bisector((s) => s.at_us).right;
  cursor(box, svg, samples.length,
         (px) => left(samples, x.invert(px)) - 1, (index) => {
    const sample = samples[index];
    line.attr('x1', x(sample.at_us)).attr('x2', x(sample.at_us))
        .attr('visibility', null);
    say(`${timeText(sample.at_us)} after the lock: ` +
        `${bytesText(sample.in_use_bytes)} in use, blocks up to ` +
        `${bytesText(sample.high_water_bytes)}, largest free piece ` +
        `${bytesText(sample.largest_free_bytes)}`);
  });
}

// Cells of the pool from its start, full to the height of what is used of each.
function drawStrip(strip) {
  return (svg, width, say, box) => {
    const height = 46;
    const cells = strip.used_permille;
    const x = d3.scaleLinear([0, cells.length], [1, width - 1]);
    const y = d3.scaleLinear([0, 1000], [height - 1, 1]);
    svg.append('rect').attr('class', 'empty').attr('x', .5).attr('y', .5)
        .attr('width', width - 1).attr('height', height - 1);
    svg.append('path').attr('class', 'used').attr(
        'd', d3.area().curve(d3.curveStepAfter).x((_, i) => x(i)).y0(y(0))
                 .y1((permille) => y(permille))(
                     [...cells, cells[cells.length - 1]]));
    const mark = svg.append('rect').attr('class', 'cursor').attr('y', 1)
        .attr('height', height - 2).attr('width', Math.max(3, x(1) - x(0)))
        .attr('visibility', 'hidden');
    cursor(box, svg, cells.length, (px) => Math.floor(x.invert(px)), (index) => {
      mark.attr('x', x(index)).attr('visibility', null);
      say(`from ${bytesText(index * strip.cell_bytes)} to ` +
          `${bytesText((index + 1) * strip.cell_bytes)}: ` +
          `${d3.format('.0f')(cells[index] / 10)} % in use`);
    });
  };
}

if (report.profile !== null) {
  if (report.profile.samples.length > 0) {
    chart('pool-chart', 260, 'The pool over time', drawPool);
  }
  report.profile.strips.forEach((strip, index) => {
    if (strip.used_permille.length === 0) return;
    chart(`strip-${index}`, 46, `The pool in memory at the ${strip.when}`,
          drawStrip(strip));
  });
}
