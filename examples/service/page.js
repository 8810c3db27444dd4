'use strict';

// Sends a file to the service, shows what came of it, and the pools. What the
// service says is shown as text: none of it becomes markup.

const $ = (id) => document.getElementById(id);

function bytes(count) {
  if (count < 10240) return `${count} bytes`;
  if (count < 10485760) return `${Math.round(count / 1024)} KiB`;
  return `${Math.round(count / 1048576)} MiB`;
}

function list(element, rows) {
  element.replaceChildren();
  for (const [name, value] of rows) {
    if (value === undefined) continue;
    const row = document.createElement('div');
    const term = document.createElement('dt');
    const text = document.createElement('dd');
    term.textContent = name;
    text.textContent = value;
    row.append(term, text);
    element.append(row);
  }
}

function gauge(name, used, of) {
  const meter = $(`${name}-pool`);
  meter.max = of;
  meter.low = of * 0.75;
  meter.high = of * 0.9;
  meter.optimum = 0;
  meter.value = Math.min(used, of);
  $(`${name}-text`).textContent = `${bytes(used)} of ${bytes(of)}`;
}

function show(verdict, file) {
  const element = $('verdict');
  element.dataset.verdict = verdict.verdict;
  element.textContent = verdict.verdict.replaceAll('_', ' ');
  $('words').textContent = verdict.words ?? '';
  list($('figures'), [
    ['file', `${file.name}, ${bytes(file.size)}`],
    ['format', verdict.format],
    ['size', verdict.width && `${verdict.width} × ${verdict.height}`],
    ['time', verdict.micros && `${(verdict.micros / 1000).toFixed(1)} ms`],
    ['worker', verdict.worker && `pid ${verdict.worker}`],
    ['asked for', verdict.asked && bytes(verdict.asked)],
    ['short by', verdict.short_by && bytes(verdict.short_by)],
  ]);
}

function draw(pixels, width, height) {
  const canvas = $('picture');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d').putImageData(
      new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
  canvas.hidden = false;
}

async function answer(response, file) {
  if (response.status === 200) {
    const verdict = JSON.parse(response.headers.get('X-Verdict'));
    draw(await response.arrayBuffer(), verdict.width, verdict.height);
    return verdict;
  }
  const told = await response.json().catch(() => ({}));
  return told.verdict ? told : {
    verdict: response.status === 503 ? 'busy' : 'refused',
    words: told.error ?? `the service answered ${response.status}`,
  };
}

async function decode(file) {
  $('picture').hidden = true;
  show({verdict: 'busy', words: 'decoding'}, file);
  let verdict;
  try {
    verdict = await answer(
        await fetch('decode', {method: 'POST', body: file}), file);
  } catch (error) {
    verdict = {verdict: 'no_answer', words: String(error)};
  }
  show(verdict, file);
  await figures(verdict);
}

let asked = 0;

async function figures(verdict) {
  const turn = ++asked;
  const response = await fetch('metrics').catch(() => null);
  if (!response?.ok) return;
  const text = await response.text();
  if (turn !== asked) return;  // these are older than what is shown
  const values = new Map();
  for (const line of text.split('\n')) {
    const space = line.lastIndexOf(' ');
    if (!line.startsWith('#')) {
      values.set(line.slice(0, space), Number(line.slice(space + 1)));
    }
  }
  const of = (name) => values.get(`service_${name}`) ?? 0;
  gauge('front', of('pool_used_bytes'), of('pool_bytes'));
  // What was refused would have come on top.
  gauge('worker', (verdict?.worker_pool_peak ?? 0) + (verdict?.asked ?? 0),
        of('worker_pool_bytes'));
  list($('service'), [
    ['decodes', of('decode_seconds_count')],
    ['clean', of('decodes_total{verdict="clean"}')],
    ['in flight', of('in_flight')],
    ['waiting', of('queue_depth')],
  ]);
}

// Files to try, made here: PNG, by hand.

const crcs = Uint32Array.from({length: 256}, (_, n) => {
  for (let bit = 0; bit < 8; ++bit) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function chunk(name, content) {
  const all = new Uint8Array(12 + content.length);
  const view = new DataView(all.buffer);
  view.setUint32(0, content.length);
  all.set(new TextEncoder().encode(name), 4);
  all.set(content, 8);
  let crc = ~0;
  for (const byte of all.subarray(4, 8 + content.length)) {
    crc = crcs[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  }
  view.setUint32(8 + content.length, ~crc);
  return all;
}

async function deflate(raw) {
  const stream = new Blob([raw]).stream().pipeThrough(
      new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function png(width, height, raw, interlaced = 0) {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 6, 0, 0, interlaced], 8);
  return new Blob([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header), chunk('IDAT', await deflate(raw)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function rings(width, height) {
  const raw = new Uint8Array(height * (1 + 4 * width));
  let at = 0;
  for (let y = 0; y < height; ++y) {
    raw[at++] = 0;  // no filter
    for (let x = 0; x < width; ++x) {
      const far = Math.hypot(x - width / 2, y - height / 2);
      raw[at++] = 128 + 120 * Math.sin(far / 6);
      raw[at++] = 255 * x / width;
      raw[at++] = 255 * y / height;
      raw[at++] = 255;
    }
  }
  return raw;
}

const samples = {
  good: () => png(320, 200, rings(320, 200)),
  truncated: async () => {
    const whole = await samples.good();
    return whole.slice(0, whole.size / 2);
  },
  flipped: async () => {
    const bits = new Uint8Array(await (await samples.good()).arrayBuffer());
    for (let i = 100; i < bits.length; i += 997) bits[i] ^= 0x10;
    return new Blob([bits]);
  },
  // 3.6 GB of pixels, it says.
  bomb: () => png(30000, 30000, new Uint8Array(1 << 22)),
  // No more pixels than may be, but all have to be held at once: too much for
  // --worker-pool=24M; with more, it is cut off.
  hungry: () => png(2800, 2800, new Uint8Array(2800 * (1 + 4 * 2800)), 1),
  noise: async () => new Blob([crypto.getRandomValues(new Uint8Array(5000))]),
};

for (const button of document.querySelectorAll('[data-sample]')) {
  button.addEventListener('click', async () => {
    const name = button.dataset.sample;
    decode(new File([await samples[name]()], `${name}.png`));
  });
}

$('file').addEventListener('change', (event) => {
  if (event.target.files.length > 0) decode(event.target.files[0]);
  event.target.value = '';
});

const drop = $('drop');
for (const name of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  window.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle('over', name === 'dragenter' || name === 'dragover');
    const file = name === 'drop' && event.dataTransfer?.files[0];
    if (file) decode(file);
  });
}

figures();
