//! Halftone's side: the compress function as it is deployed, with the images of the stack's queue; all else is the
//! local stack.

use halftone_local::api::Api;
use halftone_local::failure::Failure;
use halftone_local::stack::Stack;

use crate::deployed::Deployed;
use crate::deployed::instance::Instance;
use crate::deployed::share::Share;

use super::outcome::Usage;

/// One instance of the function.
pub struct Halftone<'a> {
    function: &'a Deployed<'a>,
    share: &'a Share,
    memory: u32,
    instance: Option<Instance<'a>>,
    /// What a client calls.
    pub api: Api,
}

impl<'a> Halftone<'a> {
    /// Starts one with this memory, in MB.
    pub fn start(
        function: &'a Deployed<'a>,
        stack: &Stack,
        share: &'a Share,
        memory: u32,
    ) -> Result<Self, Failure> {
        Ok(Self {
            function,
            share,
            memory,
            instance: Some(function.start(share, memory, None)?),
            api: Api::of(stack),
        })
    }

    /// Hands over the next batch, if there is one, as Lambda does. Kills the instance in the middle of it when that
    /// is `due`, and starts another; whether it did.
    pub fn advance(&mut self, due: &dyn Fn() -> bool) -> Result<bool, Failure> {
        let Some(batch) = self.function.work.batch()? else {
            return Ok(false);
        };
        let instance = self.instance.take();
        let instance = instance.ok_or_else(|| Failure::new("no instance runs"))?;
        let answered = instance.invoke_unless(&batch, due)?;
        let killed = answered.is_none();
        self.instance = Some(match answered {
            Some((instance, answer, _)) => {
                self.function.work.settle(&batch, &answer)?;
                instance
            }
            None => self.function.start(self.share, self.memory, None)?,
        });
        Ok(killed)
    }

    /// What the instance has used.
    pub fn usage(&self) -> Result<Usage, Failure> {
        let instance = self.instance.as_ref();
        let instance = instance.ok_or_else(|| Failure::new("no instance runs"))?;
        Ok(Usage {
            cpu: instance.cpu()?,
            peak: instance.peak()?,
        })
    }
}
