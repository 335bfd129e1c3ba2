import type { Routes } from '@angular/router';

export const routes: Routes = [
  {
    path: '',
    title: 'Messages · Herald',
    loadComponent: () => import('./message-list').then((file) => file.MessageListPage),
  },
  {
    path: ':event_type',
    title: ({ paramMap }) => `${paramMap.get('event_type')} · Messages · Herald`,
    loadComponent: () => import('./message-page').then((file) => file.MessagePage),
  },
];
