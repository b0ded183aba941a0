/** What Express alone costs. Setting: PORT. */
import express from 'express';
import { serve } from './raw-app';

serve((app) => {
  app.post('/webhook', express.raw({ type: () => true, limit: '25mb' }), (req, res) => {
    res.type('application/json').send(req.body);
  });
});
