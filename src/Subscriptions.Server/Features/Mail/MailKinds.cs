using Subscriptions.Data.Rows;

namespace Subscriptions.Server.Features.Mail;

/// <summary>What follows from a mail's kind.</summary>
public static class MailKinds
{
    /// <summary>
    /// True for mails about a payment problem, or one to come, which wait for a day on which the publisher is open. What a reader has done
    /// herself is confirmed on any day.
    /// </summary>
    public static bool WaitsForOpenDay(this MailKind kind) => kind is MailKind.DunningNotice or MailKind.EndMoved or MailKind.CardExpires or MailKind.MethodGone;

    /// <summary>
    /// True for mails without which a reader would not know of what she owes or loses. They go to her even when she has
    /// called a mail of ours unwanted; a welcome or a receipt, which she finds in My Account, does not.
    /// </summary>
    public static bool IsNeeded(this MailKind kind) => kind is not (MailKind.Welcome or MailKind.PaymentReceived);
}
