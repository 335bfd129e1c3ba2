import { HttpClient, type HttpResourceRef, httpResource } from '@angular/common/http';
import { inject, Service } from '@angular/core';
import type { DeviceList } from '@contract';
import { type Observable } from 'rxjs';

/** How many devices a page shows. */
export const DEVICES_A_PAGE = 50;

/** Whose devices a list shows. */
export interface DeviceQuery {
  /** Empty for nobody's. */
  user_id: string;
  /** Where the page starts; undefined for the latest registered. */
  cursor: string | undefined;
}

@Service()
export class DevicesApi {
  private readonly http = inject(HttpClient);

  /** The list that `query` asks for, asked again whenever it changes; nothing is asked for nobody. Needs an injection context. */
  list(query: () => DeviceQuery): HttpResourceRef<DeviceList | undefined> {
    return httpResource(() => {
      const { user_id, cursor } = query();
      if (user_id === '') return undefined;
      return { url: devicesUrl(user_id), params: { limit: DEVICES_A_PAGE, ...(cursor && { cursor }) } };
    });
  }

  /** Puts a pruned or quarantined device to use again. */
  restore(userId: string, tokenHash: string): Observable<{ status: 'restored' | 'active' }> {
    const url = `${devicesUrl(userId)}/${encodeURIComponent(tokenHash)}/restore`;
    return this.http.post<{ status: 'restored' | 'active' }>(url, null);
  }
}

function devicesUrl(userId: string): string {
  return `/api/admin/users/${encodeURIComponent(userId)}/devices`;
}
