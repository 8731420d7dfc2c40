using Subscriptions.Domain.Invoices;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Work on an invoice that came to nothing.</summary>
public sealed partial class BillingUnit
{
    private bool collectRefused;

    /// <summary>This run brought the invoice no further; the next one comes later than the last.</summary>
    public void CollectCameToNothing()
    {
        CollectWorked = true;
        CollectTries = CollectTries >= CollectionSchedule.RefusedTries ? 1 : CollectTries + 1;
    }

    /// <summary>
    /// The gateway refused the request itself, by a mistake of ours: repeating it mends nothing. Staff are told, and the next try
    /// by itself is on the next day, when collecting begins.
    /// </summary>
    /// <param name="subject">What the task is about.</param>
    /// <param name="text">The task, with the gateway's code and words.</param>
    public void CollectRefused(string subject, string text) => Refused(waits: true, subject, text);

    /// <summary>The same where it may be something else that the invoice waits for: then that keeps its date, and staff are told all the same.</summary>
    /// <param name="waits">Whether what was refused is what the invoice waits for.</param>
    /// <param name="subject">What the task is about.</param>
    /// <param name="text">The task, with the gateway's code and words.</param>
    public void Refused(bool waits, string subject, string text)
    {
        if (waits)
        {
            WaitForNextDay();
        }

        RaiseTask("gateway-refused", subject, text);
    }

    /// <summary>The same where staff have been told elsewhere.</summary>
    public void WaitForNextDay() => (CollectWorked, CollectTries, collectRefused) = (true, CollectionSchedule.RefusedTries, true);
}
