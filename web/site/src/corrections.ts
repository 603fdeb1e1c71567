/**
 * What somebody changed about a picture by hand: labels, faces that were missed or are none, and
 * what is to be hidden. The network's own result stays as it is; every change can be undone.
 */
import type { Box, Face, Label, Result } from '@masklens';

/** A face as it is shown, counted and exported; `corrected` by hand, or the network's. */
export interface ShownFace extends Face {
  corrected?: true;
}

/** Where `after` is null the face is left out; where `before` is null somebody added it. */
type Changes = Map<Face, ShownFace | null>;

/** A face of somebody's making: its label is certain, and it counts from every threshold on. */
export const byHand = (box: Box, label: Label): ShownFace => ({
  box,
  score: 1,
  label,
  probabilities: { correct: 0, incorrect: 0, unmasked: 0, [label]: 1 },
  uncertain: false,
  landmarks: null,
  corrected: true,
});

/** Plain data, to be kept over a reload: faces are named by their places in the result. */
export interface KeptCorrections {
  changed: [index: number, face: ShownFace | null][];
  added: ShownFace[];
  freed: number[];
  hidden: Box[];
}

export class Corrections {
  #changed: Changes = new Map();
  #added: ShownFace[] = [];
  /** Candidates that are not to be hidden. */
  #freed = new Set<Face>();
  /** Boxes to be hidden besides. */
  #hidden: Box[] = [];
  #past: (() => void)[] = [];
  /** Another one after every change. */
  revision = 0;

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  /** Anything that an export would show. */
  get any(): boolean {
    return this.#changed.size > 0 || this.#added.length > 0;
  }

  undo(): void {
    const back = this.#past.pop();
    if (!back) return;
    back();
    this.revision++;
  }

  /** The faces from the score on: the network's, as corrected, then those that were added. */
  facesOf(result: Result, minScore: number): ShownFace[] {
    if (!this.any) return result.faces.filter(({ score }) => score >= minScore);
    const faces: ShownFace[] = [];
    for (const face of result.faces) {
      const after = this.#changed.get(face);
      if (after === undefined ? face.score >= minScore : after !== null) faces.push(after ?? face);
    }
    return [...faces, ...this.#added];
  }

  /** Gives the face that stands in its place now. */
  setLabel(face: ShownFace, label: Label): ShownFace {
    const after = { ...byHand(face.box, label), landmarks: face.landmarks };
    this.#replace(face, after);
    return after;
  }

  remove(face: ShownFace): void {
    this.#replace(face, null);
  }

  add(box: Box, label: Label): ShownFace {
    const face = byHand(box, label);
    this.#remember();
    this.#added = [...this.#added, face];
    return face;
  }

  /** Everything that hiding hides: all candidates but the freed ones, what was added, and drawn boxes. */
  hiddenOf(result: Result): Box[] {
    const faces = [...result.faces, ...this.#added].filter((face) => !this.#freed.has(face));
    return [...faces.map(({ box }) => box), ...this.#hidden];
  }

  /** No longer hidden: the candidates with this box, or the drawn box itself. */
  free(box: Box, result: Result): void {
    this.#remember();
    this.#freed = new Set(this.#freed);
    for (const face of [...result.faces, ...this.#added])
      if (face.box === box) this.#freed.add(face);
    this.#hidden = this.#hidden.filter((other) => other !== box);
  }

  hide(box: Box): void {
    this.#remember();
    this.#hidden = [...this.#hidden, box];
  }

  keep(result: Result): KeptCorrections {
    const at = (face: Face) => result.faces.indexOf(face);
    return {
      changed: [...this.#changed].map(([face, after]) => [at(face), after]),
      added: this.#added,
      freed: [...this.#freed].map(at).filter((index) => index >= 0),
      hidden: this.#hidden,
    };
  }

  static from({ changed, added, freed, hidden }: KeptCorrections, result: Result): Corrections {
    const made = new Corrections();
    const face = (index: number) => result.faces[index]!;
    made.#changed = new Map(changed.map(([index, after]) => [face(index), after]));
    made.#added = added;
    made.#freed = new Set(freed.map(face));
    made.#hidden = hidden;
    return made;
  }

  #replace(face: ShownFace, after: ShownFace | null): void {
    this.#remember();
    if (this.#added.includes(face)) {
      this.#added = this.#added.flatMap((one) => (one !== face ? [one] : after ? [after] : []));
      return;
    }
    const original = [...this.#changed].find(([, shown]) => shown === face)?.[0] ?? face;
    this.#changed = new Map(this.#changed).set(original, after);
  }

  /** The state is made of values that are replaced, never changed: to go back is to put them back. */
  #remember(): void {
    this.revision++;
    const [changed, added, freed, hidden] = [
      this.#changed,
      this.#added,
      this.#freed,
      this.#hidden,
    ] as const;
    this.#past.push(() => {
      this.#changed = changed;
      this.#added = added;
      this.#freed = freed;
      this.#hidden = hidden;
    });
  }
}
