/** Where an input leads, and what is to be done on the way. */
export interface Transition<State extends string, Effect extends string> {
  readonly to: State
  readonly effects: readonly Effect[]
}

/**
 * A lifecycle as data: every state answers every input, so a pair that nobody thought of does not
 * compile.
 */
export type StateTable<State extends string, Input extends string, Effect extends string> = {
  readonly [S in State]: { readonly [I in Input]: Transition<State, Effect> }
}

/** A cell of a {@link StateTable}. */
export function go<State extends string, Effect extends string = never>(
  to: State,
  ...effects: Effect[]
): Transition<State, Effect> {
  return { to, effects }
}
