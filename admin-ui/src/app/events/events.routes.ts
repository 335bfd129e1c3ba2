import type { Routes } from '@angular/router';

export const routes: Routes = [
  {
    path: '',
    title: 'Events · Herald',
    loadComponent: () => import('./event-list').then((file) => file.EventList),
  },
  {
    path: ':event_id',
    title: (route) => `${route.paramMap.get('event_id')} · Herald`,
    loadComponent: () => import('./event-page').then((file) => file.EventPage),
  },
];
