/** For the `retry` of tests that have both ends of a call in their process, in real time: a busy machine starves it. */
export const CALL_RETRIES = 3
