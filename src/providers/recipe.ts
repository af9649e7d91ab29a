/** How something is made anew in a Worker, where objects with methods cannot be sent. */
export interface Recipe {
  /** Of the class or function that makes it. */
  readonly name: string
  /** What it was given. Of its functions, those at the top may answer later. */
  readonly options: object
}
