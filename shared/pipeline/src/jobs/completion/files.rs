//! The files of a request's results while they are written: all of them in one pass over its images.

use bytes::Bytes;

use super::forms::Form;
use super::{Completion, CompletionError};
use crate::jobs::csv::Line;
use crate::manifest::Reading;
use crate::request::{RequestId, ResultsFile};
use crate::services::blobs::{Begun, BlobError, Key, MultipartUpload};
use crate::services::store::{FileState, Image, Request, ResultsState};
use crate::telemetry::chain;

/// All files, open.
pub(super) struct Files<'a> {
    files: Vec<(Form<'a>, MultipartUpload)>,
}

impl<'a> Files<'a> {
    /// Begins them, or goes on behind what `state` says is written; `None` when what was kept is not
    /// there as it was, so that they must be begun anew.
    pub(super) async fn open(
        completion: &'a Completion,
        (request, reading): (&Request, &'a Reading),
        state: &ResultsState,
    ) -> Result<Option<Self>, BlobError> {
        let Some(mut rest) = rest(completion, request.id, state).await? else {
            return Ok(None);
        };
        let mut files = Vec::new();
        for (file, state) in ResultsFile::ALL.into_iter().zip(&state.files) {
            let form = Form::new(file, reading, &completion.output_base);
            let begun = Begun {
                upload_id: state.upload_id.clone(),
                parts: state.parts.clone(),
            };
            let behind = rest.split_to(length(state.rest).min(rest.len()));
            let kept = (begun, behind.to_vec());
            let outputs = &completion.outputs;
            let key = Key::Results(request.id, request.round, file);
            let upload = outputs.multipart(&key, &form.content_type(), kept);
            files.push((form, upload));
        }
        Ok(Some(Self { files }))
    }

    /// Sees every row, those too that are written already.
    pub(super) fn look_at(&mut self, line: &Line) {
        for (form, _) in &mut self.files {
            form.look_at(line);
        }
    }

    /// Adds a row and what became of its images, behind what `state` says is written.
    pub(super) async fn add(
        &mut self,
        line: &Line,
        images: &[Image],
        state: &ResultsState,
    ) -> Result<(), CompletionError> {
        for (form, upload) in &mut self.files {
            upload.write(&form.row(line, images, state)?).await?;
        }
        Ok(())
    }

    /// Completes them: from here on they can be read.
    pub(super) async fn finish(self, state: &ResultsState) -> Result<(), BlobError> {
        for (form, mut upload) in self.files {
            upload.write(form.end(state)).await?;
            upload.finish().await?;
        }
        Ok(())
    }

    /// Leaves them for later; `state` is then where to begin.
    pub(super) async fn pause(
        self,
        completion: &Completion,
        id: RequestId,
        state: &mut ResultsState,
    ) -> Result<(), BlobError> {
        let mut all = Vec::new();
        for ((_, upload), state) in self.files.into_iter().zip(&mut state.files) {
            let (begun, rest) = upload.pause();
            *state = FileState {
                upload_id: begun.upload_id,
                parts: begun.parts,
                rest: rest.len() as u64,
            };
            all.extend_from_slice(&rest);
        }
        let (key, media) = (Key::ResultsRest(id), "application/octet-stream");
        let outputs = &completion.outputs;
        state.rest_tag = outputs.put_tagged(&key, media, Bytes::from(all)).await?;
        Ok(())
    }
}

impl Completion {
    /// Removes what was kept of files that are whole. Best effort: it is forgotten with the request.
    pub(super) async fn forget_rest(&self, id: RequestId, state: &ResultsState) {
        if state.rest_tag.is_empty() {
            return;
        }
        let rest = Key::ResultsRest(id).to_string();
        if let Err(error) = self.outputs.delete(&[rest]).await {
            tracing::warn!(request = %id, error = chain(&error), "what was kept of the results stays");
        }
    }
}

/// What was kept of the files and fills no part; `None` when it is not what `state` speaks of: a worker
/// that was believed to be dead wrote its own over it.
async fn rest(
    completion: &Completion,
    id: RequestId,
    state: &ResultsState,
) -> Result<Option<Bytes>, BlobError> {
    if *state == ResultsState::default() {
        return Ok(Some(Bytes::new()));
    }
    match completion.outputs.get(&Key::ResultsRest(id)).await {
        Ok((rest, tag)) => {
            let bytes: u64 = state.files.iter().map(|file| file.rest).sum();
            Ok((tag == state.rest_tag && rest.len() as u64 == bytes).then_some(rest))
        }
        Err(BlobError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn length(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
