import type { Routes } from '@angular/router';

export const routes: Routes = [
  {
    path: '',
    title: ({ queryParamMap }) =>
      [queryParamMap.get('user_id'), 'Devices · Herald'].filter(Boolean).join(' · '),
    loadComponent: () => import('./user-devices').then((file) => file.UserDevices),
  },
];
