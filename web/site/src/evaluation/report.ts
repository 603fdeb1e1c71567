/** An outcome as a file: JSON with every figure, or one picture of tables and charts. */
import { LABELS } from '@masklens';
import { number, percent, t } from '../strings/index.ts';
import type { Outcome } from './run.ts';
import type { Kind } from './truth.ts';

export function reportJson(
  kind: Kind,
  { evaluation, pictures, unreadable, missed, worst }: Outcome,
): string {
  const { confusion, ...rest } = evaluation;
  const report = {
    kind,
    pictures,
    unreadable,
    missed,
    classes: LABELS,
    confusion: { rows: 'truth', columns: [...LABELS, 'not found'], counts: confusion },
    ...rest,
    worst: worst.map(({ path, box, truth, verdict, confidence }) => ({
      path,
      box,
      truth,
      verdict,
      confidence,
    })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

const WIDTH = 1200;
const MARGIN = 48;
const FONT = 'system-ui, sans-serif';

/** Headline, confusion matrix and the charts as they are on the page, in the page's colours. */
export function reportPicture(outcome: Outcome, charts: readonly HTMLElement[]): Promise<Blob> {
  const { check: words, label } = t();
  const style = getComputedStyle(document.body);
  const ink = style.color;
  const rows = Math.ceil(charts.length / 2);
  const chartWidth = (WIDTH - 3 * MARGIN) / 2;
  const chartHeight = 340;
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = 440 + rows * (chartHeight + 56) + MARGIN;
  const context = canvas.getContext('2d')!;
  context.fillStyle = style.backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);

  const { evaluation } = outcome;
  const write = (
    text: string,
    x: number,
    y: number,
    size: number,
    weight = 400,
    width?: number,
  ) => {
    context.font = `${weight} ${size}px ${FONT}`;
    context.fillStyle = ink;
    context.fillText(text, x, y, width);
  };
  write(`${words.accuracy} ${percent(evaluation.accuracy, 1)}`, MARGIN, 92, 44, 700);
  write(words.accuracyNote(evaluation.right, evaluation.faces), MARGIN, 128, 20);

  write(`${words.confusion}. ${words.confusionNote}`, MARGIN, 184, 18, 600);
  const columns = [...LABELS.map((name) => label[name]), words.notFound];
  const cell = (WIDTH - 2 * MARGIN) / 5;
  columns.forEach((name, index) => {
    write(name, MARGIN + cell * (index + 1), 222, 17, 600, cell - 12);
  });
  LABELS.forEach((name, row) => {
    write(label[name], MARGIN, 262 + row * 40, 17, 600, cell - 12);
    evaluation.confusion[row]!.forEach((value, column) => {
      write(number(value), MARGIN + cell * (column + 1), 262 + row * 40, 20);
    });
  });

  charts.forEach((chart, index) => {
    const drawn = chart.querySelector('canvas');
    if (!drawn) return;
    const x = MARGIN + (index % 2) * (chartWidth + MARGIN);
    const y = 420 + Math.floor(index / 2) * (chartHeight + 56);
    write(chart.closest('section')?.querySelector('h2')?.textContent ?? '', x, y, 18, 600);
    const scale = Math.min(chartWidth / drawn.width, chartHeight / drawn.height);
    context.drawImage(drawn, x, y + 12, drawn.width * scale, drawn.height * scale);
  });
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'),
  );
}
