//! What a store answers: at once, or later.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::StoreError;

/// An answer that is here already, or one to wait for.
///
/// A session check from memory is answered without a future on the heap; a store across a network is awaited.
pub enum Reply<T> {
    /// Here.
    Ready(Result<T, StoreError>),
    /// To wait for.
    Pending(Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>),
}

impl<T> Reply<T> {
    /// An answer that is here.
    pub fn ready(answer: Result<T, StoreError>) -> Self {
        Self::Ready(answer)
    }

    /// An answer to wait for.
    pub fn pending(answer: impl Future<Output = Result<T, StoreError>> + Send + 'static) -> Self {
        Self::Pending(Box::pin(answer))
    }
}

impl<T: Unpin> Future for Reply<T> {
    type Output = Result<T, StoreError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Pending(answer) => answer.as_mut().poll(context),
            here @ Self::Ready(_) => {
                let taken = std::mem::replace(here, Self::Ready(Err(StoreError::new("the answer was already taken"))));
                match taken {
                    Self::Ready(answer) => Poll::Ready(answer),
                    Self::Pending(_) => Poll::Pending,
                }
            }
        }
    }
}
