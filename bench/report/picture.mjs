import { summarize } from "../measure/statistics.mjs";

const WIDTH_PX = 720;
const LEFT_PX = 96;
const RIGHT_PX = 96;
const BAR_PX = 18;
const GAP_PX = 5;
const GROUP_GAP_PX = 34;
const TOP_PX = 64;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { fill: #59636e }
  .bar { fill: #b4bcc5 }
  .own { fill: #0969da }
  .spread { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .bar { fill: #4a525c }
    .own { fill: #4493f8 }
    .spread { stroke: #f0f6fc }
  }`;

const bar = ({ name, speed }, y, scale) => {
  const [end, low, high] = [speed.median, speed.min, speed.max].map((value) => LEFT_PX + value * scale);
  const middle = y + BAR_PX / 2;
  return [
    `<text x="${LEFT_PX - 8}" y="${middle + 4}" text-anchor="end">${name}</text>`,
    `<rect class="bar${name === "API" ? " own" : ""}" x="${LEFT_PX}" y="${y}" width="${(end - LEFT_PX).toFixed(1)}" height="${BAR_PX}" rx="2"/>`,
    `<line class="spread" x1="${low.toFixed(1)}" x2="${high.toFixed(1)}" y1="${middle}" y2="${middle}"/>`,
    `<text x="${(high + 8).toFixed(1)}" y="${middle + 4}">${Math.round(speed.median).toLocaleString("en")}</text>`,
  ].join("\n  ");
};

/** A bar chart of payments/s per contender and number of connections, with the spread. It follows light and dark mode. */
export const paymentsPicture = (parts, machine) => {
  const groups = parts.map(({ name, samples }) => ({
    name,
    bars: Object.entries(samples).map(([contender, list]) => ({
      name: contender,
      speed: summarize(list.map(({ perSecond }) => perSecond)),
    })),
  }));
  const maxSpeed = Math.max(...groups.flatMap(({ bars }) => bars.map(({ speed }) => speed.max)));
  const scale = (WIDTH_PX - LEFT_PX - RIGHT_PX) / maxSpeed;
  let y = TOP_PX;
  const drawn = groups.map(({ name, bars }) => {
    const lines = [`<text class="quiet" x="${LEFT_PX}" y="${y + 12}">${name}</text>`];
    y += 20;
    for (const one of bars) {
      lines.push(bar(one, y, scale));
      y += BAR_PX + GAP_PX;
    }
    y += GROUP_GAP_PX - 20;
    return lines.join("\n  ");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH_PX} ${y}" width="${WIDTH_PX}" height="${y}" role="img" aria-label="Payments stored per second">
  <style>${STYLE}
  </style>
  <text class="title" x="16" y="26">Payments stored per second</text>
  <text class="quiet" x="16" y="46">Median and spread of all rounds. ${machine.processors}, node ${machine.node}. Bare Koa stores nothing.</text>
  ${drawn.join("\n  ")}
</svg>
`;
};
