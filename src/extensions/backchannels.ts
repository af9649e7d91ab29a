/**
 * What people say to show that they listen, in English, German, French, Spanish, Italian, Portuguese, Dutch,
 * Polish, Russian, Turkish, Arabic, Hindi, Japanese, Korean and Chinese. Repeated letters do not matter.
 */
export const commonBackchannels: readonly string[] = /* @__PURE__ */ (
  'm,mm-hm,mhm,hm,uh-huh,uh,um,ah,aha,oh,ok,okay,o.k.,yeah,yep,yup,yes,right,sure,i see,got it,wow,cool,' +
  'really,nice,great,alright,all right,go on,true,exactly,of course,makes sense,' +
  'ja,genau,ach so,achso,stimmt,klar,gut,verstehe,oui,ouais,d’accord,bien sûr,je vois,ah bon,' +
  'sí,claro,vale,ajá,ya,entiendo,de acuerdo,va bene,certo,capito,già,sim,tá,pois,pois é,entendi,' +
  'jaja,precies,oké,tak,no tak,jasne,aha,да,ага,угу,понятно,ясно,evet,hı hı,tamam,anladım,' +
  'نعم,طيب,أيوه,हाँ,हां,जी,अच्छा,ठीक है,はい,うん,ええ,そう,そうですね,なるほど,へえ,네,예,응,음,그렇군요,맞아요,嗯,对,對,好,好的,是的,哦,明白'
).split(',')

// What is written without spaces between words.
const UNSPACED = /[\u3040-\u30ff\u3400-\u9fff]/

/** Lower case, only letters, digits and single spaces, and no letter twice in a row. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .replace(/(\p{L})\1+/gu, '$1')
    .trim()
}

/** How many words a text has, if it has more than backchannels; otherwise 0. */
export type CountWords = (text: string) => number

/** Makes a {@link CountWords}. */
export function wordCounter(backchannels: readonly string[]): CountWords {
  const phrases = backchannels.map(plain).filter(Boolean)
  const ends = phrases.map((phrase) => phrase + (UNSPACED.test(phrase) ? ' ?' : '(?: |$)'))
  const only = new RegExp(`^(?:${ends.join('|')})*$`, 'u')
  return (text) => {
    const words = plain(text)
    if (only.test(words)) return 0
    // Where words are not parted by spaces, a sign is about a word.
    return words.split(' ').reduce((sum, word) => sum + (UNSPACED.test(word) ? word.length : 1), 0)
  }
}
