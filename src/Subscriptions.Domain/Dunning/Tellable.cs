using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Domain.Dunning;

/// <summary>
/// What may be told of a payment problem at this moment: the same for the page, My Account, support and the mails, so that none of
/// them names a date which the engine would not keep.
/// </summary>
public static class Tellable
{
    /// <summary>Whether the reader is asked to do something: not while a payment is disputed, nor once the money that was asked for again came back.</summary>
    /// <param name="state">The subscription with the payment problem.</param>
    /// <param name="invoice">What is owed.</param>
    public static bool Asks(Subscription.PastDue state, Invoice invoice) => !state.Contract.Contested.HoldsCharges && !CameBack(invoice);

    /// <summary>Whether its end may be told: the reader is asked, and no payment is on its way on whose result the end hangs.</summary>
    /// <param name="state">The subscription with the payment problem.</param>
    /// <param name="invoice">What is owed.</param>
    public static bool End(Subscription.PastDue state, Invoice invoice) => Asks(state, invoice) && invoice.LiveAttempt is not { State: AttemptState.Processing };

    /// <summary>Whether what the invoice asks for again has come back; it only waits for its PaymentIntent to be shut.</summary>
    public static bool CameBack(Invoice invoice) => invoice is { Withdrawn: true, Status: InvoiceStatus.Open };
}
