//! What the output looks like: its frame, tables and how each component is made.

use crate::jpeg::quantize::generation::Coarsening;
use crate::jpeg::quantize::loss::Loss;
use crate::jpeg::quantize::quality::Target;
use crate::jpeg::quantize::rates;
use crate::jpeg::quantize::requantize::{Choice, Requantizer, Weight};
use crate::jpeg::read::decoder::Decoder;
use crate::jpeg::syntax::application::Color;
use crate::jpeg::syntax::block::Plane;
use crate::jpeg::syntax::frame::{Component, Frame};
use crate::jpeg::syntax::steps::Steps;
use crate::jpeg::turn::kernel::Kernel;
use crate::jpeg::turn::view::{ComponentView, FINE_STEP, Resampling, View};
use crate::jpeg::write::file::Head;
use crate::metadata::orientation::Orientation;

/// What becomes of chroma at full resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chroma {
    /// It stays.
    Kept,
    /// It is halved, unless the source is as coarse as its target.
    Halved,
}

/// The output, before any coefficient is known.
#[derive(Debug)]
pub struct Plan {
    /// Its frame.
    pub frame: Frame,
    /// Its quantization tables.
    pub tables: Vec<Steps>,
    /// How components make colours.
    pub color: Color,
    /// How the source is turned.
    pub orientation: Orientation,
    /// How each component is made from the source's.
    pub parts: Vec<ComponentView>,
    /// Each component's class: which Huffman tables it uses.
    pub classes: Vec<usize>,
    /// The upright source's steps, by component.
    source: Vec<Steps>,
    target: Option<Target>,
}

impl Plan {
    /// For a target, or with the source's own steps; with its own sampling too unless `chroma` is to be halved.
    pub fn new(decoder: &Decoder<'_>, target: Option<&Target>, chroma: Chroma) -> Self {
        let orientation = decoder.application.orientation();
        Self::turned(decoder, target, chroma, orientation)
    }

    /// As the source is stored, for samples.
    pub fn as_stored(decoder: &Decoder<'_>) -> Self {
        Self::turned(decoder, None, Chroma::Kept, Orientation::default())
    }

    /// For a picture of this frame that is there as samples: its blocks have steps of [`FINE_STEP`].
    pub fn of_samples(frame: &Frame, color: Color, target: &Target) -> Self {
        let count = frame.components.len();
        let mut plan = Self {
            frame: output_frame(frame, color, (false, false)),
            tables: Vec::new(),
            color,
            orientation: Orientation::default(),
            parts: Vec::new(),
            classes: classes(color, count),
            source: vec![[1; 64]; count],
            target: Some(*target),
        };
        let components = plan.frame.components.iter();
        let part = |component: &Component| ComponentView {
            size: (component.blocks_wide, component.blocks_high),
            resampling: Some(Resampling::new(
                Kernel::identity(),
                &Kernel::identity(),
                [FINE_STEP; 64],
            )),
        };
        plan.parts = components.map(part).collect();
        plan.choose_tables();
        plan
    }

    fn turned(
        decoder: &Decoder<'_>,
        target: Option<&Target>,
        chroma: Chroma,
        orientation: Orientation,
    ) -> Self {
        let upright = orientation.frame(&decoder.frame);
        let ids: Vec<u8> = upright.components.iter().map(|c| c.id).collect();
        let color = decoder.application.color(&ids);
        let source: Vec<Steps> = decoder
            .steps
            .iter()
            .map(|steps| orientation.steps(steps))
            .collect();
        let classes = classes(color, ids.len());
        let as_coarse = |target: &Target| {
            let mut components = source.iter().zip(&classes);
            components.all(|(steps, class)| Coarsening::new(steps, target, *class).is_none())
        };
        let halved = match chroma {
            Chroma::Kept => (false, false),
            Chroma::Halved if color != Color::YCbCr || target.is_some_and(as_coarse) => {
                (false, false)
            }
            Chroma::Halved => chroma_to_halve(&upright),
        };
        let mut plan = Self {
            frame: output_frame(&upright, color, halved),
            tables: Vec::new(),
            color,
            orientation,
            parts: Vec::new(),
            classes,
            source,
            target: target.copied(),
        };
        plan.parts = (0..ids.len())
            .map(|index| plan.part(&upright, index, halved))
            .collect();
        plan.choose_tables();
        plan
    }

    fn part(&self, upright: &Frame, index: usize, halved: (bool, bool)) -> ComponentView {
        let component = &upright.components[index];
        let (h_max, v_max) = upright.max_factors();
        let size = (component.blocks_wide, component.blocks_high);
        let halves = |axis| index > 0 && axis;
        let axis = |mirror, halve, blocks, length, factor, max| {
            let padding = (8 * blocks * max - length * factor) as f32 / max as f32;
            match (halve, if mirror { padding } else { 0.0 }) {
                (true, 0.0) => Kernel::halve(),
                (true, by) => Kernel::shift(by).then(&Kernel::halve()),
                (false, by) => Kernel::shift(by),
            }
        };
        let (mirror_x, mirror_y) = (self.orientation.mirror_x, self.orientation.mirror_y);
        let x = axis(
            mirror_x,
            halves(halved.0),
            size.0,
            upright.width,
            component.h,
            h_max,
        );
        let y = axis(
            mirror_y,
            halves(halved.1),
            size.1,
            upright.height,
            component.v,
            v_max,
        );
        let changes = x != Kernel::identity() || y != Kernel::identity();
        let steps = self.source[index].map(f32::from);
        ComponentView {
            size,
            resampling: changes.then(|| Resampling::new(x, &y, steps)),
        }
    }

    fn choose_tables(&mut self) {
        for index in 0..self.source.len() {
            let steps = self.steps(index);
            let known = self.tables.iter().position(|table| *table == steps);
            self.frame.components[index].quantization = known.unwrap_or(self.tables.len());
            if known.is_none() {
                self.tables.push(steps);
            }
        }
    }

    /// The steps of a component. Never finer than the source's: that would only cost bytes. But blocks that do not stand
    /// on the source's grid any more lose a second time, and get half its steps.
    fn steps(&self, index: usize) -> Steps {
        let source = &self.source[index];
        let resampled = self.parts[index].resampling.is_some();
        let moved = !self.orientation.is_upright() && resampled;
        let finest = source.map(|step| if moved { step.div_ceil(2) } else { step });
        let Some(target) = &self.target else {
            return finest;
        };
        let class = self.classes[index];
        let least = target.steps(class);
        match resampled {
            true => std::array::from_fn(|k| finest[k].max(least[k])),
            false => Coarsening::new(source, target, class).steps(source, least),
        }
    }

    /// The source's planes as the output needs them.
    pub fn view<'a>(&'a self, planes: &'a [Plane]) -> View<'a> {
        View {
            planes,
            orientation: self.orientation,
            parts: &self.parts,
        }
    }

    /// The quantization steps, in zigzag order, of the blocks of a component that a view shows.
    pub fn steps_of_view(&self, index: usize) -> [f32; 64] {
        match &self.parts[index].resampling {
            Some(_) => [FINE_STEP; 64],
            None => self.source[index].map(f32::from),
        }
    }

    /// What the writer has to know.
    pub fn head<'a>(&'a self, icc_profile: Option<&'a [u8]>, exif: Option<&'a [u8]>) -> Head<'a> {
        Head {
            frame: &self.frame,
            tables: &self.tables,
            classes: &self.classes,
            color: self.color,
            icc_profile,
            exif,
        }
    }

    /// Whether the output has the very coefficients of the source.
    pub fn keeps_coefficients(&self) -> bool {
        self.requantizers(1.0).iter().all(Option::is_none)
    }

    /// What changes the levels of each component, if they change. Errors weigh so much more than they would.
    pub fn requantizers(&self, care: f32) -> Vec<Option<Requantizer>> {
        let components = self.frame.components.iter().enumerate();
        let requantizer = |(index, component): (usize, &Component)| {
            let rates = [&rates::LUMA, &rates::CHROMA][self.classes[index]];
            let table = &self.tables[component.quantization];
            // What has the steps already has lost enough: doing it again changes nothing.
            let changes = self.parts[index].resampling.is_some() || self.source[index] != *table;
            let steps = self.steps_of_view(index);
            changes.then(|| Requantizer::new(steps, table, self.choice(index, care), rates))
        };
        components.map(requantizer).collect()
    }

    fn choice(&self, index: usize, care: f32) -> Option<Choice> {
        let (target, class) = (self.target.as_ref()?, self.classes[index]);
        // What is resampled does not lie on multiples of the source's steps.
        let care = match self.parts[index].resampling {
            Some(_) => care,
            None => care * Coarsening::new(&self.source[index], target, class).care(),
        };
        let Weight { strength, masking } = target.weight;
        Some(Choice {
            weight: Weight {
                strength: strength * care,
                masking,
            },
            loss: Loss::new(&target.libjpeg[class], target.steps(class)),
        })
    }
}

fn classes(color: Color, components: usize) -> Vec<usize> {
    let is_chroma = |index: usize| color == Color::YCbCr && index > 0;
    (0..components)
        .map(|index| is_chroma(index).into())
        .collect()
}

/// Along which axes chroma has full resolution and is to be halved.
fn chroma_to_halve(frame: &Frame) -> (bool, bool) {
    let [luma, chroma @ ..] = &frame.components[..] else {
        return (false, false);
    };
    let full_x = chroma.iter().all(|c| c.h == luma.h);
    let full_y = chroma.iter().all(|c| c.v == luma.v);
    // 4:1:1 and its like have less chroma than 4:2:0 already.
    let fine_x = full_x || chroma.iter().all(|c| 2 * c.h == luma.h);
    let fine_y = full_y || chroma.iter().all(|c| 2 * c.v == luma.v);
    (full_x && fine_y, full_y && fine_x)
}

/// The frame of the output: factors without a common divisor, and identifiers that fit the
/// colours where a reader goes by them.
fn output_frame(upright: &Frame, color: Color, halved: (bool, bool)) -> Frame {
    let mut frame = upright.clone();
    for (index, component) in frame.components.iter_mut().enumerate() {
        component.id = match color {
            Color::Rgb => b"RGB"[index],
            _ => index as u8 + 1,
        };
        if index == 0 {
            component.h *= 1 + usize::from(halved.0);
            component.v *= 1 + usize::from(halved.1);
        }
    }
    let common = |factor: fn(&Component) -> usize| {
        frame
            .components
            .iter()
            .map(factor)
            .fold(0, greatest_common_divisor)
    };
    let (h, v) = (common(|c| c.h), common(|c| c.v));
    for component in &mut frame.components {
        (component.h, component.v) = (component.h / h, component.v / v);
    }
    frame.lay_out();
    frame
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}
