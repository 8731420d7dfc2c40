using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Mail.Templates;
using Subscriptions.Server.Features.Support;

namespace Subscriptions.Server.Features.Api;

/// <summary>A version of a plan that is on offer.</summary>
/// <param name="Id">Plan and version, such as <c>digital-monthly@1</c>.</param>
/// <param name="Plan">The plan's own name; a subscription is started with it or with <paramref name="Id"/>.</param>
public sealed record PlanAnswer(
    string Id, string Plan, int Version, string Name, Money Price, PlanInterval Interval, int IntervalCount, int TrialDays, IReadOnlyList<string> Entitlements, int? Seats)
{
    internal static PlanAnswer Of(PlanVersion plan) => new(
        plan.Id, plan.PlanId, plan.Version, plan.Name, plan.Price, plan.Interval, plan.IntervalCount, plan.TrialDays,
        [Domain.Access.AccessRules.Subscriber, .. plan.Entitlements], plan.Seats);
}

/// <summary>A subscription in a reader's answer.</summary>
public sealed record SubscriptionReference(string Id, string State);

/// <summary>A reader.</summary>
/// <param name="Subscriptions">Hers, newest first.</param>
public sealed record ReaderAnswer(string Id, string Email, string Name, DateTimeOffset CreatedAt, IReadOnlyList<SubscriptionReference> Subscriptions)
{
    internal static ReaderAnswer Of(FoundReader found) => new(
        found.Row.Id.Value, found.Row.Email, found.Row.Name, found.Row.CreatedAt,
        [.. found.Subscriptions.Select(s => new SubscriptionReference(s.Id.Value, s.Status))]);
}

/// <summary>What is charged, as its owner knows it.</summary>
public sealed record PaymentMethodAnswer(string Kind, string Brand, string Last4, int ExpiryMonth, int ExpiryYear);

/// <summary>Why a bank said no.</summary>
/// <param name="Class">What it means: whether the same method is worth another try.</param>
/// <param name="Words">A sentence for staff, not for readers.</param>
public sealed record DeclineAnswer(string Code, string? DeclineCode, string? AdviceCode, DeclineClass Class, string Words)
{
    internal static DeclineAnswer? Of(Decline? decline) =>
        decline is null ? null : new(decline.Code, decline.DeclineCode, decline.AdviceCode, decline.Class, DeclineWords.ForStaff(decline));
}

/// <summary>How a subscription stands.</summary>
/// <param name="State">Incomplete, Trialing, Active, PastDue, Paused or Ended.</param>
/// <param name="Plan">The plan's own name.</param>
/// <param name="PlanVersion">The version that was bought.</param>
/// <param name="Stage">The notice shown now; null without a payment problem, <c>Silent</c> before the first notice.</param>
/// <param name="Track">The timetable that a payment problem runs on.</param>
/// <param name="Owed">What is owed now; null when nothing is.</param>
/// <param name="PaymentUnderWay">An attempt has no final outcome yet.</param>
/// <param name="NextAttemptAt">When payment is tried again by itself; null when it is not.</param>
/// <param name="AccessEndsAt">When access ends or ended; null where no end is known, and while it is closed (<c>accessClosed</c>).</param>
/// <param name="PaidThrough">The day after the last paid or free day.</param>
/// <param name="RenewsOn">When the next period is charged; null when none is.</param>
public sealed record SubscriptionAnswer(
    string Id, string ReaderId, string State, string Plan, string PlanVersion, Money Price, DunningStage? Stage, DunningTrack? Track, Money? Owed,
    string? OpenInvoiceId, bool PaymentUnderWay, DeclineAnswer? LastDecline, DateTimeOffset? NextAttemptAt, DateTimeOffset? AccessEndsAt,
    DateOnly? PaidThrough, DateOnly? RenewsOn, bool CancelAtPeriodEnd, EndReason? EndReason, DateTimeOffset? EndedAt,
    PaymentMethodAnswer? PaymentMethod, Uri? UpdatePaymentDetailsUrl)
{
    /// <summary>The first date on which a paused payment problem goes on; null when it is not paused.</summary>
    public DateOnly? DunningPausedUntil { get; init; }

    /// <summary>When the subscription itself ends or ended; later than the end of access where the publisher closes it in the third stage. Null where no end is known.</summary>
    public DateTimeOffset? SubscriptionEndsAt { get; init; }

    /// <summary>True in the third stage where the publisher closes access with it.</summary>
    public bool AccessClosed { get; init; }

    internal static SubscriptionAnswer Of(SubscriptionOverview o, PublisherHours hours) => new(
        o.Id.Value, o.ReaderId.Value, o.State, o.Plan.PlanId, o.Plan.Id, o.Plan.Price, o.Stage, o.Track, o.Owed, o.OpenInvoiceId?.Value,
        o.PaymentUnderWay, DeclineAnswer.Of(o.LastDecline), o.NextAttemptAt, EndOf(o, o.AccessEndsAt, hours), o.PaidThrough, o.RenewsOn, o.CancelAtPeriodEnd,
        o.EndReason, o.EndedAt,
        o.Method is { } m ? new PaymentMethodAnswer(m.Kind, m.Brand, m.Last4, m.ExpiryMonth, m.ExpiryYear) : null, o.UpdatePaymentDetailsUrl)
    {
        DunningPausedUntil = o.PausedUntil,
        SubscriptionEndsAt = EndOf(o, o.EndsAt, hours),
        AccessClosed = o.Closed,
    };

    private static DateTimeOffset? EndOf(SubscriptionOverview o, DateTimeOffset? withoutPayment, PublisherHours hours) =>
        o.EndedAt ?? withoutPayment ?? (o is { CancelAtPeriodEnd: true, PaidThrough: { } day } ? hours.StartOf(day) : null);
}

/// <summary>Something that happened.</summary>
/// <param name="Stream">The subscription or invoice that it happened to.</param>
/// <param name="Type">The event's name.</param>
/// <param name="Actor"><c>system</c>, <c>api</c>, <c>reader:…</c> or <c>staff:…</c>.</param>
/// <param name="Text">A sentence for support.</param>
public sealed record TimelineAnswer(long Id, DateTimeOffset At, string Type, string Stream, string Actor, string Text)
{
    internal static TimelineAnswer Of(EventRow row) =>
        new(row.Id, row.At, row.Type, row.Stream, row.Actor, Timeline.Tell(row));
}

/// <summary>One try to collect one invoice.</summary>
/// <param name="Number">From 1 within the invoice.</param>
/// <param name="Note">Why its outcome is unknown, or it was not received.</param>
public sealed record AttemptAnswer(
    string InvoiceId, int Number, AttemptState State, AttemptTrigger Trigger, string Actor, bool OnSession, string PaymentMethodId,
    string PaymentIntentId, string? ChargeId, DeclineAnswer? Decline, string? Note, DateTimeOffset StartedAt, DateTimeOffset? SettledAt)
{
    internal static AttemptAnswer Of(InvoiceAttempt tried) => Of(tried.InvoiceId, tried.Attempt);

    internal static AttemptAnswer Of(InvoiceId invoice, PaymentAttempt a) => new(
        invoice.Value, a.Number, a.State, a.Trigger, a.Actor, a.OnSession, a.PaymentMethodId, a.PaymentIntentId, a.ChargeId,
        DeclineAnswer.Of(a.Decline), a.Note, a.StartedAt, a.SettledAt);
}

/// <summary>An amount due. <c>Paid</c> only when the gateway took money.</summary>
/// <param name="Paid">What the gateway took, refunds not counted.</param>
/// <param name="Refunded">What went back; a refund that failed later is not in it.</param>
public sealed record InvoiceAnswer(
    string Id, string Number, InvoiceStatus Status, Money Total, Money Paid, Money Refunded, DateOnly PeriodFrom, DateOnly PeriodTo)
{
    /// <summary>What is still owed and will be charged; nothing once it is paid or closed.</summary>
    public Money AmountDue { get; init; }

    /// <summary>The sum of its credit notes.</summary>
    public Money Credited { get; init; }

    /// <summary>Credit of the reader that it used; negative where a debt left over before was added.</summary>
    public Money CreditUsed { get; init; }

    /// <summary>What was too little to be charged and went to the next invoice.</summary>
    public Money CarriedOver { get; init; }

    /// <summary>What the reader's bank took back for good; the invoice stays paid.</summary>
    public Money Reversed { get; init; }

    /// <summary>Since when; null when nothing was taken back.</summary>
    public DateTimeOffset? ReversedAt { get; init; }

    /// <summary>The reversed invoice that this one asks for again; null for every other.</summary>
    public string? Replaces { get; init; }

    internal static InvoiceAnswer Of(InvoiceRow row)
    {
        var invoice = row.ToInvoice();
        return new(invoice.Id.Value, row.Number, invoice.Status, invoice.Total, invoice.Paid, invoice.Refunded, invoice.Period.From, invoice.Period.To)
        {
            AmountDue = invoice.AmountDue,
            Credited = invoice.CreditNotes.Aggregate(Money.Zero(row.Currency), (sum, note) => sum + note.Amount),
            CreditUsed = invoice.CreditUsed,
            CarriedOver = invoice.CarriedOver,
            Reversed = invoice.Reversed,
            ReversedAt = invoice.Contest.ReversedAt,
            Replaces = invoice.Replaces?.Value,
        };
    }
}

/// <summary>Where a notice stands.</summary>
public enum NoticeDelivery
{
    /// <summary>Its mail waits for its hour or for the mail server; the page shows it.</summary>
    Waiting,

    /// <summary>The mail server took it.</summary>
    HandedOver,

    /// <summary>No mail could be delivered: the page's notice counts alone.</summary>
    PageOnly,

    /// <summary>What it says was no longer so: its mail was never sent.</summary>
    Withdrawn,
}

/// <summary>One of the three notices of a payment problem.</summary>
/// <param name="CaseNumber">Counts the payment problems of a subscription from 1.</param>
/// <param name="Tries">How often its mail was offered to the mail server.</param>
public sealed record NoticeRecordAnswer(
    string Id, int? CaseNumber, DunningStage? Stage, string? Heading, NoticeDelivery Delivery, DateTimeOffset CreatedAt, DateTimeOffset? HandedOverAt,
    int Tries, string? LastRefusal)
{
    internal static NoticeRecordAnswer Of(MailRow mail) => new(
        mail.Id, mail.CaseNumber, mail.Stage, mail.Stage is { } stage ? NoticeWords.Heading(stage) : null, DeliveryOf(mail.State), mail.CreatedAt,
        mail.State == MailState.HandedOver ? mail.SettledAt : null, mail.Tries, mail.LastRefusal);

    private static NoticeDelivery DeliveryOf(MailState state) => state switch
    {
        MailState.Pending => NoticeDelivery.Waiting,
        MailState.HandedOver => NoticeDelivery.HandedOver,
        MailState.Undeliverable => NoticeDelivery.PageOnly,
        MailState.Withdrawn => NoticeDelivery.Withdrawn,
    };
}
