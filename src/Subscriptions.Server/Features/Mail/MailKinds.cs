using Subscriptions.Data.Rows;

namespace Subscriptions.Server.Features.Mail;

/// <summary>What follows from a mail's kind.</summary>
public static class MailKinds
{
    /// <summary>
    /// True for mails about a payment problem, which wait for a day on which the publisher is open. What a reader has done
    /// herself is confirmed on any day.
    /// </summary>
    public static bool WaitsForOpenDay(this MailKind kind) => kind is MailKind.DunningNotice or MailKind.EndMoved;
}
