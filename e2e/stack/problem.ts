/** Something the user can mend: shown as one sentence, without a stack trace. */
export class Problem extends Error {}
