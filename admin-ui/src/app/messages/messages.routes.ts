import type { CanDeactivateFn, Routes } from '@angular/router';
import type { MessagePage } from './message-page';

const mayLeave: CanDeactivateFn<MessagePage> = (page, _route, _state, next) => page.mayLeave(next.url);

export const routes: Routes = [
  {
    path: '',
    title: 'Messages · Herald',
    loadComponent: () => import('./message-list').then((file) => file.MessageListPage),
  },
  {
    path: ':event_type',
    title: ({ paramMap }) => `${paramMap.get('event_type')} · Messages · Herald`,
    canDeactivate: [mayLeave],
    loadComponent: () => import('./message-page').then((file) => file.MessagePage),
  },
];
