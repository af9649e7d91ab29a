export { type CognitoIdentityOptions, type CognitoLogins, cognitoIdentity } from './cognito.ts'
export type { AwsAuth, AwsCredentials } from './credentials.ts'
export { NovaSonicRealtime } from './nova-sonic-realtime.ts'
export type { NovaSonicAccess, NovaSonicRealtimeOptions } from './options.ts'
