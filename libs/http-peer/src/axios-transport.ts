import type { IncomingMessage } from 'node:http';
import axios from 'axios';
import type { PeerAgents } from './peer-access';
import { type Transport, unreachable } from './transport';

export function axiosTransport(url: string, agents: PeerAgents): Transport {
  const http = axios.create({
    ...agents,
    baseURL: url,
    maxRedirects: 0,
    proxy: false,
    decompress: false,
    responseType: 'stream',
    // bodies are bytes, and each request says what they are: there is nothing to look for in them
    adapter: 'http',
    transformRequest: [],
    transformResponse: [],
    validateStatus: () => true,
    maxBodyLength: Infinity,
  });
  return async ({ method, target, headers, body }, over) => {
    try {
      const config = { method, url: target, headers, data: body, signal: over };
      const { data } = await http.request<IncomingMessage>(config);
      return data;
    } catch (error) {
      if (!axios.isAxiosError(error)) throw error;
      throw unreachable(url, error.cause instanceof Error ? error.cause : error);
    }
  };
}
