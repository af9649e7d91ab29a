import { ourHost, type HostFactory } from '../our-host.ts'

export const adapter: HostFactory = () => ourHost()
