// Pictures as cameras would take them, painted by rule: corridors, car parks, gates, server rooms. For
// documentation that may show no real place.

/** Side of the grid of samples that each pixel is made of. */
const kSamples = 2;

/** @param {number} seed  the same numbers for the same seed, each in [0, 1) */
function randomNumbers(seed) {
  let state = (seed * 2654435761 + 1013904223) >>> 0;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A canvas in units of its height, drawn at twice its size. */
class Canvas {
  constructor(width, height) {
    this.width = width * kSamples;
    this.height = height * kSamples;
    this.pixels = new Float32Array(this.width * this.height * 3);
  }

  /** `colour` is [r, g, b], or a function of (u, v), each 0 to 1 over the whole canvas. */
  fill(inside, [left, top, right, bottom], colour) {
    const paint = typeof colour === 'function' ? colour : () => colour;
    const clamp = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
    for (
      let y = clamp(top * this.height, this.height);
      y < clamp(bottom * this.height, this.height);
      ++y
    ) {
      for (
        let x = clamp(left * this.width, this.width);
        x < clamp(right * this.width, this.width);
        ++x
      ) {
        const u = (x + 0.5) / this.width;
        const v = (y + 0.5) / this.height;
        if (inside(u, v)) this.pixels.set(paint(u, v), (y * this.width + x) * 3);
      }
    }
  }

  rect(left, top, right, bottom, colour) {
    this.fill(() => true, [left, top, right, bottom], colour);
  }

  /** Corners in order, each [u, v]; convex. */
  shape(corners, colour) {
    const us = corners.map(([u]) => u);
    const vs = corners.map(([, v]) => v);
    const inside = (u, v) => {
      let sign = 0;
      for (const [i, [au, av]] of corners.entries()) {
        const [bu, bv] = corners[(i + 1) % corners.length];
        const side = Math.sign((bu - au) * (v - av) - (bv - av) * (u - au));
        if (side !== 0 && sign !== 0 && side !== sign) return false;
        sign ||= side;
      }
      return true;
    };
    this.fill(inside, [Math.min(...us), Math.min(...vs), Math.max(...us), Math.max(...vs)], colour);
  }

  ellipse(u, v, ru, rv, colour) {
    const inside = (x, y) => ((x - u) / ru) ** 2 + ((y - v) / rv) ** 2 <= 1;
    this.fill(inside, [u - ru, v - rv, u + ru, v + rv], colour);
  }

  /** RGB bytes with a lens's dark corners and a sensor's noise. */
  finish(random, { night = false, noise = 5 } = {}) {
    const width = this.width / kSamples;
    const height = this.height / kSamples;
    const out = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; ++y) {
      for (let x = 0; x < width; ++x) {
        const sum = [0, 0, 0];
        for (let sample = 0; sample < kSamples ** 2; ++sample) {
          const row = y * kSamples + Math.floor(sample / kSamples);
          const at = (row * this.width + x * kSamples + (sample % kSamples)) * 3;
          for (let i = 0; i < 3; ++i) sum[i] += this.pixels[at + i] / kSamples ** 2;
        }
        const away = Math.hypot(x / width - 0.5, y / height - 0.5);
        const light = 1 - 0.55 * away ** 2;
        const grain = (random() - 0.5) * 2 * noise;
        const grey = 0.3 * sum[0] + 0.6 * sum[1] + 0.1 * sum[2];
        for (let i = 0; i < 3; ++i) {
          const value = night ? grey * [0.92, 1, 0.96][i] : sum[i];
          out[(y * width + x) * 3 + i] = Math.max(0, Math.min(255, value * light + grain));
        }
      }
    }
    return out;
  }
}

const between = (a, b, t) => a.map((value, i) => value + (b[i] - value) * t);
const shade = (colour, by) => colour.map((value) => value * by);

/** @returns the box that the person fills */
function person(canvas, u, feet, height, coat) {
  const wide = height * 0.16;
  canvas.ellipse(u, feet, wide * 1.1, height * 0.03, [30, 30, 32]);
  canvas.rect(u - wide * 0.5, feet - height * 0.48, u - wide * 0.05, feet, [36, 40, 52]);
  canvas.rect(u + wide * 0.05, feet - height * 0.48, u + wide * 0.5, feet, [32, 36, 48]);
  canvas.ellipse(u, feet - height * 0.62, wide * 0.72, height * 0.22, coat);
  canvas.ellipse(u, feet - height * 0.92, wide * 0.32, height * 0.09, [196, 156, 128]);
  return { x: u - wide * 0.8, y: feet - height * 1.03, width: wide * 1.6, height: height * 1.06 };
}

/** @returns the box that the car fills */
function car(canvas, u, wheels, length, paint) {
  const high = length * 0.62;
  canvas.ellipse(u, wheels, length * 0.55, high * 0.12, [28, 28, 30]);
  canvas.shape(
    [
      [u - length * 0.3, wheels - high * 0.95],
      [u + length * 0.25, wheels - high * 0.95],
      [u + length * 0.4, wheels - high * 0.5],
      [u - length * 0.42, wheels - high * 0.5],
    ],
    shade(paint, 0.85),
  );
  canvas.shape(
    [
      [u - length * 0.27, wheels - high * 0.88],
      [u + length * 0.22, wheels - high * 0.88],
      [u + length * 0.34, wheels - high * 0.52],
      [u - length * 0.36, wheels - high * 0.52],
    ],
    [52, 66, 80],
  );
  canvas.rect(
    u - length * 0.5,
    wheels - high * 0.55,
    u + length * 0.5,
    wheels - high * 0.12,
    paint,
  );
  for (const side of [-0.3, 0.3]) {
    canvas.ellipse(u + length * side, wheels - high * 0.1, length * 0.1, high * 0.18, [22, 22, 24]);
    canvas.ellipse(
      u + length * side,
      wheels - high * 0.1,
      length * 0.05,
      high * 0.09,
      [150, 152, 156],
    );
  }
  return { x: u - length * 0.54, y: wheels - high, width: length * 1.08, height: high * 1.1 };
}

function corridor(canvas, random, boxes) {
  const wall = [150 + 60 * random(), 160 + 40 * random(), 165 + 40 * random()];
  const end = 0.4 + 0.2 * random();
  const [l, r, t, b] = [end - 0.1, end + 0.1, 0.36, 0.6];
  const depth = (u, v) => Math.max(Math.abs(u - end) / 0.6, Math.abs(v - 0.46) / 0.55);
  canvas.rect(0, 0, 1, 1, (u, v) => shade(wall, 0.5 + 0.45 * Math.min(1, depth(u, v))));
  canvas.shape(
    [
      [0, 0],
      [1, 0],
      [r, t],
      [l, t],
    ],
    (_, v) => shade([225, 228, 230], 0.95 - v),
  );
  canvas.shape(
    [
      [0, 1],
      [1, 1],
      [r, b],
      [l, b],
    ],
    (_, v) => shade([120, 112, 104], 0.35 + 0.7 * v),
  );
  canvas.rect(l, t, r, b, shade(wall, 0.55));
  canvas.rect(end - 0.04, t + 0.06, end + 0.04, b, [70, 84, 96]);
  for (const near of [0.25, 0.5, 0.8]) {
    const at = (u, v) => [end + (u - end) * near, 0.46 + (v - 0.46) * near];
    canvas.shape(
      [at(0.35, -0.02), at(0.65, -0.02), at(0.62, 0.06), at(0.38, 0.06)],
      [252, 252, 244],
    );
    const door = shade([112, 82, 60], 0.6 + 0.4 * near);
    canvas.shape([at(0.02, 0.25), at(0.1, 0.28), at(0.1, 0.86), at(0.02, 0.94)], door);
    canvas.shape([at(0.98, 0.25), at(0.9, 0.28), at(0.9, 0.86), at(0.98, 0.94)], door);
  }
  if (boxes)
    boxes.push({ ...person(canvas, end - 0.06, 0.86, 0.5, [54, 92, 150]), label: 'person' });
}

function carPark(canvas, random, boxes) {
  canvas.rect(0, 0, 1, 0.3, (_, v) => between([150, 184, 214], [205, 216, 224], v / 0.3));
  canvas.rect(0, 0.18, 1, 0.32, (u) => shade([96, 104, 92], 0.8 + 0.3 * Math.sin(u * 40) ** 2));
  canvas.rect(0, 0.3, 1, 1, (_, v) => shade([98, 100, 104], 0.75 + 0.35 * v));
  for (let i = -2; i < 8; ++i) {
    const far = 0.12 + i * 0.13;
    const near = -0.4 + i * 0.3;
    canvas.shape(
      [
        [far, 0.42],
        [far + 0.008, 0.42],
        [near + 0.022, 1],
        [near, 1],
      ],
      [206, 206, 196],
    );
  }
  const paints = [
    [168, 32, 38],
    [226, 228, 230],
    [40, 66, 120],
    [58, 60, 64],
    [186, 190, 194],
  ];
  for (let i = 0; i < 5; ++i) {
    if (random() < 0.75) {
      const paint = paints[Math.floor(random() * paints.length)];
      const box = car(canvas, 0.12 + i * 0.2, 0.5, 0.13, paint);
      if (boxes && boxes.length === 0 && i > 1) boxes.push({ ...box, label: '차량' });
    }
  }
  const paint = paints[Math.floor(random() * paints.length)];
  car(canvas, 0.3 + 0.4 * random(), 0.86, 0.27, paint);
}

function gate(canvas, random, boxes) {
  canvas.rect(0, 0, 1, 0.62, (_, v) => between([116, 160, 206], [214, 222, 226], v / 0.62));
  const wall = [150 + 50 * random(), 138 + 40 * random(), 124 + 30 * random()];
  canvas.rect(0, 0.1, 0.3, 0.66, (_, v) => shade(wall, 0.8 + 0.3 * v));
  canvas.rect(0.72, 0.16, 1, 0.66, (_, v) => shade(wall, 0.75 + 0.3 * v));
  for (let i = 0; i < 6; ++i) {
    const u = 0.04 + (i % 3) * 0.085;
    const v = 0.17 + Math.floor(i / 3) * 0.2;
    canvas.rect(u, v, u + 0.055, v + 0.12, [58, 74, 92]);
    canvas.rect(u + 0.72, v + 0.05, u + 0.77, v + 0.15, [62, 78, 94]);
  }
  canvas.rect(0, 0.62, 1, 1, (_, v) => shade([136, 132, 126], 0.6 + 0.4 * v));
  canvas.shape(
    [
      [0.36, 0.62],
      [0.66, 0.62],
      [0.96, 1],
      [0.06, 1],
    ],
    (_, v) => shade([84, 86, 90], 0.6 + 0.5 * v),
  );
  for (let i = 0; i < 13; ++i)
    canvas.rect(0.31 + i * 0.032, 0.34, 0.317 + i * 0.032, 0.68, [38, 42, 46]);
  canvas.rect(0.3, 0.36, 0.72, 0.375, [38, 42, 46]);
  canvas.rect(0.3, 0.62, 0.72, 0.635, [38, 42, 46]);
  const u = 0.36 + 0.3 * random();
  const box = person(canvas, u, 0.92, 0.46, [120 + 80 * random(), 60, 50]);
  if (boxes) boxes.push({ ...box, label: 'person' });
}

function serverRoom(canvas, random) {
  canvas.rect(0, 0, 1, 1, (_, v) => shade([58, 66, 76], 0.6 + 0.4 * v));
  canvas.shape(
    [
      [0.3, 0.55],
      [0.7, 0.55],
      [1, 1],
      [0, 1],
    ],
    (_, v) => shade([132, 140, 148], 0.4 + 0.5 * v),
  );
  canvas.rect(0.38, 0.05, 0.62, 0.1, [236, 244, 250]);
  for (const side of [-1, 1]) {
    for (let rack = 0; rack < 4; ++rack) {
      const at = (near) => 0.5 + side * (0.14 + 0.5 * near ** 1.6);
      const [a, b] = [at(rack / 4), at((rack + 0.92) / 4)];
      const reach = (near) => 0.12 + 0.5 * near ** 1.4;
      const [ha, hb] = [reach(rack / 4), reach((rack + 0.92) / 4)];
      canvas.shape(
        [
          [a, 0.5 - ha],
          [b, 0.5 - hb],
          [b, 0.52 + hb],
          [a, 0.52 + ha],
        ],
        shade([30, 34, 40], 0.8 + rack * 0.15),
      );
      for (let unit = 0; unit < 14; ++unit) {
        const t = (unit + 0.5) / 14;
        for (let led = 0; led < 3; ++led) {
          const along = 0.25 + led * 0.22;
          const u = a + (b - a) * along;
          const half = ha + (hb - ha) * along;
          const v = 0.51 - half + 2 * half * t;
          const colour =
            random() < 0.7 ? [70, 230, 130] : random() < 0.6 ? [80, 170, 255] : [255, 170, 60];
          if (random() < 0.8) canvas.rect(u - 0.003, v - 0.004, u + 0.003, v + 0.004, colour);
        }
      }
    }
  }
}

function lobby(canvas, random, boxes) {
  canvas.rect(0, 0, 1, 0.56, (_, v) => shade([208, 198, 182], 0.7 + 0.4 * v));
  canvas.rect(0, 0.56, 1, 1, (u, v) => {
    const depth = 1 / (v - 0.5);
    const tile = (Math.floor((u - 0.5) * depth * 3 + 50) + Math.floor(depth * 4)) % 2;
    return shade(tile ? [188, 182, 172] : [150, 146, 140], 0.6 + 0.45 * v);
  });
  for (let i = 0; i < 4; ++i)
    canvas.rect(0.05 + i * 0.16, 0.08, 0.17 + i * 0.16, 0.5, (_, v) =>
      between([150, 190, 220], [222, 232, 236], v * 2),
    );
  canvas.rect(0.66, 0.44, 0.98, 0.72, (u) => shade([112, 78, 52], 0.85 + 0.2 * Math.sin(u * 90)));
  canvas.rect(0.65, 0.42, 0.99, 0.45, [54, 44, 38]);
  canvas.ellipse(0.09, 0.5, 0.07, 0.16, [58, 118, 64]);
  canvas.ellipse(0.12, 0.56, 0.05, 0.12, [44, 98, 54]);
  canvas.rect(0.07, 0.64, 0.13, 0.76, [176, 108, 76]);
  const box = person(canvas, 0.3 + 0.2 * random(), 0.9, 0.5, [46 + 60 * random(), 52, 72]);
  if (boxes) boxes.push({ ...box, label: 'person' });
}

function vault(canvas, random) {
  canvas.rect(0, 0, 1, 1, (u, v) =>
    shade([112, 116, 122], 0.55 + 0.3 * v + 0.1 * Math.sin(u * 12)),
  );
  const [u, v] = [0.5, 0.5];
  const ring = (radius, colour) => canvas.ellipse(u, v, radius * 0.5625, radius, colour);
  ring(0.43, [58, 62, 68]);
  ring(0.4, (x, y) => shade([184, 188, 194], 0.7 + 0.5 * (x - y + 0.3)));
  ring(0.32, [96, 100, 108]);
  ring(0.3, (x, y) => shade([164, 168, 176], 0.65 + 0.5 * (x - y + 0.3)));
  for (let bolt = 0; bolt < 12; ++bolt) {
    const angle = (bolt / 12) * 2 * Math.PI;
    canvas.ellipse(
      u + Math.cos(angle) * 0.36 * 0.5625,
      v + Math.sin(angle) * 0.36,
      0.011,
      0.02,
      [70, 74, 80],
    );
  }
  const turn = random() * 2;
  for (let spoke = 0; spoke < 5; ++spoke) {
    const angle = turn + (spoke / 5) * 2 * Math.PI;
    for (let r = 0; r < 14; ++r)
      canvas.ellipse(
        u + Math.cos(angle) * r * 0.0065,
        v + Math.sin(angle) * r * 0.0115,
        0.008,
        0.014,
        [52, 54, 58],
      );
  }
  ring(0.045, [210, 190, 120]);
}

const kScenes = [gate, corridor, carPark, lobby, serverRoom, vault];

/**
 * The picture of camera `seed`.
 * @returns {{ data: Uint8Array, boxes: object[] }} RGB, and where there is something to be found
 */
export function paintScene(seed, width, height, { found = false, night = false } = {}) {
  const random = randomNumbers(seed + 1);
  const canvas = new Canvas(width, height);
  const boxes = [];
  kScenes[seed % kScenes.length](canvas, random, found ? boxes : undefined);
  return { data: canvas.finish(random, { night, noise: night ? 9 : 4 }), boxes };
}
