using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Dunning;

/// <summary>
/// A timetable for declines of one kind. Of several that fit, the first in the policy's order is taken; where none fits, the
/// policy's four timetables hold.
/// </summary>
/// <param name="Name">By which a case says that it runs on it; each once in a policy.</param>
/// <param name="DeclineClass">Only after declines of this class; null: any.</param>
/// <param name="MethodKind">Only for payment methods of this kind, such as <c>card</c>; null: any, and also where there is none.</param>
/// <param name="Interval">Only for plans with this interval; null: any.</param>
/// <param name="AfterTrial">Only for the first full payment after a trial, or only for others; null: any.</param>
/// <param name="Timetable">What holds then.</param>
public sealed record DunningOverride(
    string Name, DeclineClass? DeclineClass, string? MethodKind, PlanInterval? Interval, bool? AfterTrial, DunningTimetable Timetable)
{
    /// <summary>Whether it is meant for this decline.</summary>
    public bool Fits(DeclineClass declineClass, string? methodKind, PlanInterval interval, bool afterTrial) =>
        (DeclineClass is null || DeclineClass == declineClass) && (MethodKind is null || MethodKind == methodKind)
        && (Interval is null || Interval == interval) && (AfterTrial is null || AfterTrial == afterTrial);
}
