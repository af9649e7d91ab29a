import { describe, expect, it } from 'vitest'
import { createGeminiRoutes } from '../../demo/server/gemini-routes.ts'
import { GeminiRealtime } from '../../src/providers/gemini/index.ts'
import { RecordingSession } from './gemini-session.ts'
import { startSimulator } from './gemini-rig.ts'

const request = (): Request => new Request('http://localhost/token/gemini', { method: 'POST' })

describe("the token server's route for Gemini", () => {
  it('mints a token for one session, of the model that it says, with instructions of the page', async () => {
    const { simulator, url, httpUrl } = await startSimulator({ apiKey: 'AIzaServer' })
    const route = createGeminiRoutes({ apiKey: 'AIzaServer', model: 'gemini-3.8-live', baseUrl: httpUrl })
    const answer = await route(request())
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const credential = (await answer.json()) as { readonly token: string; readonly expiresAt: number }
    expect(credential).toEqual({
      token: expect.stringMatching(/^auth_tokens\//),
      expiresAt: expect.any(Number),
    })
    const options = { url, model: 'gemini-3.1-flash-live-preview', auth: () => credential, temperature: 0.5 }
    const model = new GeminiRealtime(options)
    await model.connect(new RecordingSession())
    expect(simulator.connections[0]?.setup).toMatchObject({
      model: 'models/gemini-3.8-live',
      generationConfig: { responseModalities: ['AUDIO'] },
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      sessionResumption: {},
    })
    model.close()
    await expect(new GeminiRealtime(options).connect(new RecordingSession())).rejects.toMatchObject({
      name: 'AuthError',
    })
  })

  it('says what is wrong with the key, and never repeats it', async () => {
    const { httpUrl } = await startSimulator({ apiKey: 'AIzaServer' })
    const route = createGeminiRoutes({ apiKey: 'AIzaWrong', model: 'gemini-3.8-live', baseUrl: httpUrl })
    const answer = await route(request())
    expect(answer.status).toBe(502)
    const text = await answer.text()
    expect(text).toContain('GEMINI_API_KEY')
    expect(text).not.toContain('AIzaWrong')
  })
})
