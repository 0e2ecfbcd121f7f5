//! Webhooks: their key, what became of them, and the receiver.

use halftone_pipeline::api::caller;
use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::jobs::webhook::ReplayError;
use halftone_pipeline::request::RequestId;
use lambda_http::{Request, RequestExt};

use super::Api;
use crate::answer::{Answer, accepted, json, no_store};
use crate::{deliveries, receiver, webhook_secret, webhook_test};

impl Api {
    pub(super) async fn webhook_secret(&self, request: &Request) -> Answer {
        let key = caller::api_key_id(request).ok_or_else(Problem::not_found)?;
        let query = request.query_string_parameters();
        let rotate = query.first("rotate");
        let body = webhook_secret::answer(&self.store, &self.master, &key, rotate).await?;
        json(&body).map(no_store)
    }

    pub(super) async fn deliveries(&self, request: &Request, id: RequestId) -> Answer {
        let stored = self.owned(request, id).await?;
        let found = self.store.deliveries().webhooks_of(&stored).await?;
        json(&deliveries::body(&stored, found))
    }

    pub(super) async fn replay(&self, request: &Request, id: RequestId) -> Answer {
        let query = request.query_string_parameters();
        let round = deliveries::round(id, query.first("webhookId"))?;
        let stored = self.owned(request, id).await?;
        match self.control.replay(&stored, round).await {
            Ok(replayed) => Ok(accepted(json(&deliveries::entry(&stored, replayed))?)),
            Err(ReplayError::Store(error)) => Err(error.into()),
            Err(error) => Err(deliveries::refused(&error).into()),
        }
    }

    pub(super) async fn webhook_test(&self, request: &Request) -> Answer {
        let key = caller::api_key_id(request).ok_or_else(Problem::not_found)?;
        let url = webhook_test::url(request.body().as_ref())?;
        let tested = webhook_test::answer(&self.store, &self.tester, &self.master, &key, &url);
        json(&tested.await?)
    }

    pub(super) async fn webhook(&self, request: &Request) -> Answer {
        if !self.receiver {
            return Err(Problem::not_found().into());
        }
        let (headers, body) = (request.headers(), request.body().as_ref());
        receiver::receive(&self.store, &self.master, headers, body).await?;
        json(&receiver::Receipt::taken())
    }
}
