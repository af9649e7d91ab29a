/** What a transport and a dialect make of the protocol. */
export interface Traits {
  /** Who tells the model how much of an interrupted answer was heard. */
  readonly truncation: 'client' | 'server' | 'none'
  /** How sound travels: in messages, or as WebRTC media. */
  readonly media: 'frames' | 'track'
  /** Whether answers may be written instead of spoken. */
  readonly textOutput: boolean
  readonly imageInput: boolean
  /** Whether `conversation.item.delete` is understood. */
  readonly deletion: boolean
  /** Whether the `metadata` of a request comes back in its response. */
  readonly metadata: boolean
}
