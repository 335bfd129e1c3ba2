import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { SESSION_COOKIE } from '../access/session';
import { SESSION } from './answers.decorator';

/** Serves the OpenAPI document at `/api/openapi.json`, and for people at `/api/docs`. */
export function serveOpenApi(app: INestApplication): void {
  const document = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Herald')
    .setDescription('Signed webhooks in, push notifications out.')
    .setVersion('1')
    .addSecurity('bearer', { type: 'http', scheme: 'bearer' })
    .addSecurity(SESSION, { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE })
    .build();
  SwaggerModule.setup('api/docs', app, () => SwaggerModule.createDocument(app, document), {
    jsonDocumentUrl: 'api/openapi.json',
    yamlDocumentUrl: 'api/openapi.yaml',
  });
}
