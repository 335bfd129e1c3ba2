import * as fc from 'fast-check';
import { type Step, STEPS } from './steps';
import type { World } from './world';

type StepName = keyof typeof STEPS;

/** One step of a sequence, written the way a sequence is kept: `["begin",0,null,"answered"]`. */
export type StepText = [name: StepName, ...args: unknown[]];

export class Command implements fc.AsyncCommand<World, World> {
  constructor(private readonly text: StepText) {}

  check(world: World): boolean {
    return STEPS[this.text[0]].can(world);
  }

  async run(world: World): Promise<void> {
    const [name, ...args] = this.text;
    await (STEPS[name] as Step<unknown[]>).run(world, ...args);
    await world.compare();
  }

  toString(): string {
    return JSON.stringify(this.text);
  }
}

export const command: fc.Arbitrary<Command> = fc.oneof(
  ...Object.entries(STEPS).map(([name, { weight, args }]) => ({
    weight,
    arbitrary: (args as fc.Arbitrary<unknown[]>).map((values) => new Command([name as StepName, ...values])),
  })),
);
