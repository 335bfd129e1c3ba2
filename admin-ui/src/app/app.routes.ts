import type { Routes } from '@angular/router';
import { signedIn } from './api/signed-in';

export const routes: Routes = [
  { path: '', pathMatch: 'full', redirectTo: 'events' },
  {
    path: 'sign-in',
    title: 'Sign in · Herald',
    loadComponent: () => import('./sign-in/sign-in').then((file) => file.SignIn),
  },
  {
    path: 'events',
    canActivate: [signedIn],
    loadChildren: () => import('./events/events.routes').then((file) => file.routes),
  },
  {
    path: 'devices',
    canActivate: [signedIn],
    loadChildren: () => import('./devices/devices.routes').then((file) => file.routes),
  },
  {
    path: 'messages',
    canActivate: [signedIn],
    loadChildren: () => import('./messages/messages.routes').then((file) => file.routes),
  },
  { path: '**', redirectTo: 'events' },
];
