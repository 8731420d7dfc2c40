using static Subscriptions.Domain.Subscriptions.Subscription;
using static Subscriptions.Domain.Subscriptions.SubscriptionCommand;
using static Subscriptions.Domain.Subscriptions.SubscriptionEvent;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>What becomes of a notice's mail. One that arrives for a case that is closed changes nothing.</summary>
internal static class Notices
{
    public static Outcome<SubscriptionEvent> HandedOver(Started state, RecordNoticeHandedOver handed, DateTimeOffset now) =>
        Waiting(state, handed.CaseNumber, handed.Stage) is { } refusedOrDone
            ? refusedOrDone
            : Outcome<SubscriptionEvent>.Accept(new DunningNoticeHandedOver(handed.CaseNumber, handed.Stage, handed.EndsOn, now) { ClosesOn = handed.ClosesOn });

    public static Outcome<SubscriptionEvent> Undeliverable(Started state, RecordNoticeUndeliverable lost, DateTimeOffset now) =>
        Waiting(state, lost.CaseNumber, lost.Stage) is { } refusedOrDone
            ? refusedOrDone
            : Outcome<SubscriptionEvent>.Accept(new DunningNoticeUndeliverable(lost.CaseNumber, lost.Stage, now));

    // What was handed over keeps its day: the page has shown the same words since then.
    public static Outcome<SubscriptionEvent> Bounced(Started state, RecordNoticeBounced bounced, DateTimeOffset now) =>
        state is not PastDue pastDue || pastDue.Case.Number != bounced.CaseNumber ? Refusals.NoSuchNotice
        : pastDue.Case.Notices.FirstOrDefault(notice => notice.Stage == bounced.Stage) switch
        {
            null => Refusals.NoSuchNotice,
            { PageOnly: true } => Outcome<SubscriptionEvent>.Accept(),
            { HandedOverAt: null } => Outcome<SubscriptionEvent>.Accept(new DunningNoticeUndeliverable(bounced.CaseNumber, bounced.Stage, now)),
            _ => Outcome<SubscriptionEvent>.Accept(new DunningNoticeBounced(bounced.CaseNumber, bounced.Stage, now)),
        };

    private static Outcome<SubscriptionEvent>? Waiting(Started state, int caseNumber, Dunning.DunningStage stage)
    {
        if (state is not PastDue pastDue || pastDue.Case.Number != caseNumber)
        {
            return Refusals.NoSuchNotice;
        }

        return pastDue.Case.Notices.FirstOrDefault(notice => notice.Stage == stage) switch
        {
            null => Refusals.NoSuchNotice,
            { HandedOverAt: not null } => Outcome<SubscriptionEvent>.Accept(),
            _ => null,
        };
    }
}
