namespace Subscriptions.Domain.Invoices;

/// <summary>What a decline means for us. The gateway's adapter maps its own codes; the rules know only these.</summary>
public enum DeclineClass
{
    /// <summary>Worth trying again with the same method on another day. Also what an unknown code means.</summary>
    TimeMayHeal,

    /// <summary>Pointless until the reader does something: expired card, wrong security code, authentication, no method.</summary>
    ReaderMustAct,

    /// <summary>The method was refused for good (lost, stolen, closed): it is never tried again.</summary>
    Never,

    /// <summary>A bank debit that the bank referred to the payer: presented again a few times, working days apart (see <see cref="Representation"/>).</summary>
    Represent,

    /// <summary>The bank says that the payer has died: nothing more is charged or sent.</summary>
    PayerDeceased,
}
