namespace Subscriptions.Sandbox.Seeding;

/// <summary>The seeded book: every state, both tracks, every stage. All of these people are invented.</summary>
internal static class Book
{
    private const string Monthly = "digital-monthly";
    private const string Yearly = "digital-yearly";
    private const string Trial = "digital-trial";
    private const string CustomerFail = "pm_card_chargeCustomerFail";
    private const string Funds = "pm_card_visa_chargeDeclinedInsufficientFunds";
    private const string Lost = "pm_card_visa_chargeDeclinedLostCard";
    private const string Expired = "pm_card_chargeDeclinedExpiredCard";
    private const string Authenticate = "pm_card_authenticationRequired";

    public static IReadOnlyList<Story> Stories { get; } = [.. First, .. Healing, .. PastDue, .. Leaving, .. Steady, .. Appeal];

    private static IReadOnlyList<Story> First =>
    [
        new("Nell Ashdown", "Her card will be declined at renewal: the long track, day 0 to 27.") { Plan = Monthly, PeriodEndsInDays = 2, Card = CustomerFail },
        new("Tobias Wren", "His card will be refused as lost: the short track, day 0 to 17, no retry.") { Plan = Monthly, PeriodEndsInDays = 3, Card = Lost, Answers = "lost_card" },
    ];

    private static IReadOnlyList<Story> Healing =>
    [
        new("Imogen Fell", "Short of funds twice, then the third try succeeds: she never sees a notice.") { Plan = Monthly, PeriodEndsInDays = 4, Card = Funds, Answers = "insufficient_funds", HealsAfter = 2 },
        new("Rufus Tarn", "Short of funds four times; heals after the first notice.") { Plan = Monthly, PeriodEndsInDays = 5, Card = Funds, Answers = "insufficient_funds", HealsAfter = 4 },
        new("Petra Lowgill", "Her bank wants her to confirm the payment herself.") { Plan = Monthly, PeriodEndsInDays = 5, Card = Authenticate },
        new("Hugo Brant", "On trial; his card will be declined at the first payment.") { Plan = Trial, PeriodEndsInDays = 6, PaidPeriods = 0, Card = Funds, Answers = "insufficient_funds" },
        new("Wilf Garrowby", "On trial; his card is good.") { Plan = Trial, PeriodEndsInDays = 3, PaidPeriods = 0 },
        new("Clara Sedge", "On trial and cancelled: it ends with the trial.") { Plan = Trial, PeriodEndsInDays = 9, PaidPeriods = 0, Turn = StoryTurn.Cancelled },
        new("Dora Hathersage", "Recovered last week on the third try.") { Plan = Monthly, PeriodEndsInDays = -9, PastDeclines = ["insufficient_funds", "insufficient_funds"] },
        new("Percy Oakhanger", "Recovered after the first notice.") { Plan = Monthly, PeriodEndsInDays = -14, PastDeclines = ["generic_decline", "generic_decline", "generic_decline"] },
    ];

    private static IReadOnlyList<Story> PastDue =>
    [
        new("Agnes Millbeck", "Declined this week: still the silent tries.") { Plan = Monthly, PeriodEndsInDays = -2, Card = CustomerFail, PastDeclines = ["generic_decline", "generic_decline"] },
        new("Bram Kettlewell", "First notice, long track.") { Plan = Monthly, PeriodEndsInDays = -5, Card = CustomerFail, PastDeclines = Declines(3) },
        new("Cecily Marsh", "First notice; her card heals at the next try.") { Plan = Monthly, PeriodEndsInDays = -8, Card = Funds, Answers = "insufficient_funds", HealsAfter = 0, PastDeclines = Declines(4) },
        new("Edmund Ravensworth", "Second notice, long track.") { Plan = Monthly, PeriodEndsInDays = -13, Card = CustomerFail, PastDeclines = Declines(5) },
        new("Freya Skelton", "Third notice, long track.") { Plan = Monthly, PeriodEndsInDays = -20, Card = CustomerFail, PastDeclines = Declines(7) },
        new("Gideon Threlkeld", "Third notice; ends very soon.") { Plan = Monthly, PeriodEndsInDays = -25, Card = CustomerFail, PastDeclines = Declines(8) },
        new("Hester Yarrow", "First notice, short track: expired card.") { Plan = Monthly, PeriodEndsInDays = -2, Card = Expired, Answers = "expired_card", PastDeclines = ["expired_card"] },
        new("Ivo Langstrothe", "Second notice, short track: lost card.") { Plan = Monthly, PeriodEndsInDays = -6, Card = Lost, Answers = "lost_card", PastDeclines = ["lost_card"] },
        new("Juno Birkrigg", "Third notice, short track: stolen card.") { Plan = Monthly, PeriodEndsInDays = -13, Card = "pm_card_visa_chargeDeclinedStolenCard", Answers = "stolen_card", PastDeclines = ["stolen_card"] },
        new("Kester Holme", "Second notice: his bank wants him to confirm.") { Plan = Monthly, PeriodEndsInDays = -5, Card = Authenticate, PastDeclines = ["authentication_required"] },
        new("Leda Marrick", "First payment after a trial declined: the quick timetable.") { Plan = Trial, PeriodEndsInDays = -5, PaidPeriods = 0, Card = CustomerFail, PastDeclines = Declines(3) },
        new("Mungo Applegarth", "Yearly, first notice.") { Plan = Yearly, PeriodEndsInDays = -4, PaidPeriods = 1, Card = CustomerFail, PastDeclines = Declines(3) },
    ];

    private static IReadOnlyList<Story> Leaving =>
    [
        new("Nora Quernmore", "Cancelled; reads until her period ends.") { Plan = Monthly, PeriodEndsInDays = 11, Turn = StoryTurn.Cancelled },
        new("Oswin Dent", "Cancelled; a few days are left.") { Plan = Monthly, PeriodEndsInDays = 2, Turn = StoryTurn.Cancelled },
        new("Prue Cawood", "Cancelled her yearly subscription.") { Plan = Yearly, PeriodEndsInDays = 120, PaidPeriods = 1, Turn = StoryTurn.Cancelled },
        new("Quentin Airey", "Cancelled and ended.") { Plan = Monthly, PeriodEndsInDays = -6, Turn = StoryTurn.Cancelled },
        new("Rhoda Smardale", "Ended for non-payment, long track.") { Plan = Monthly, PeriodEndsInDays = -33, Card = CustomerFail, PastDeclines = Declines(9) },
        new("Silas Crook", "Ended for non-payment, short track: lost card.") { Plan = Monthly, PeriodEndsInDays = -24, Card = Lost, Answers = "lost_card", PastDeclines = ["lost_card"] },
        new("Thea Warcop", "Ended for non-payment after a trial.") { Plan = Trial, PeriodEndsInDays = -15, PaidPeriods = 0, Card = CustomerFail, PastDeclines = Declines(4) },
        new("Ulla Whinfell", "On hold.") { Plan = Monthly, PeriodEndsInDays = 16, Turn = StoryTurn.Paused },
        new("Vernon Asby", "Began to subscribe but has not paid yet.") { Plan = Monthly, Turn = StoryTurn.NeverPaid, PaidPeriods = 0 },
        new("Winnie Orton", "Registered only."),
        new("Xavier Shap", "Registered only."),
        new("Yseult Kirkby", "Registered only."),
    ];

    private static IReadOnlyList<Story> Steady =>
    [
        new("Zachary Thwaite", "Pays without trouble.") { Plan = Monthly, PeriodEndsInDays = 1 },
        new("Alma Borrowdale", "Pays without trouble.") { Plan = Monthly, PeriodEndsInDays = 6, Card = "pm_card_mastercard" },
        new("Basil Hutton", "Pays without trouble.") { Plan = Monthly, PeriodEndsInDays = 8 },
        new("Corin Soulby", "Pays without trouble.") { Plan = Monthly, PeriodEndsInDays = 12 },
        new("Della Murton", "Pays without trouble.") { Plan = Monthly, PeriodEndsInDays = 15, Card = "pm_card_mastercard" },
        new("Ephraim Nateby", "Pays without trouble.") { Plan = Monthly, PeriodEndsInDays = 19 },
        new("Flora Winton", "Pays without trouble.") { Plan = Monthly, PeriodEndsInDays = 23 },
        new("Gwen Kaber", "Pays by the year; her card expires at the end of next month: she is warned 30 and 7 days ahead.") { Plan = Yearly, PeriodEndsInDays = 45, PaidPeriods = 1, CardExpiresInMonths = 1 },
        new("Harold Rookby", "Pays by the year; two years with us.") { Plan = Yearly, PeriodEndsInDays = 200, PaidPeriods = 2 },
        new("Jasper Winder", "Pays by Direct Debit: at the renewal the result takes four working days.") { Plan = Monthly, PeriodEndsInDays = 2, Card = "pm_bacsDebit_success" },
        new("Keziah Rusland", "Pays with PayPal.") { Plan = Monthly, PeriodEndsInDays = 7, Card = "pm_paypal_success" },
        new("Isolde Barras", "Asked to authenticate when she set her card up, never since.") { Plan = Monthly, PeriodEndsInDays = 9, Card = "pm_card_authenticationRequiredOnSetup" },
    ];

    // All of one morning, so that there is a day on which a surge of declines can be told from a few: the incident breaker judges
    // no share of less than Incidents:LeastTries, for which ServiceRoom has a lower number than a real book would want.
    private static IEnumerable<Story> Appeal =>
        from family in new[] { "Aldous", "Brockle", "Crake", "Dunmail", "Eskrigg", "Fothergill" }
        from first in new[] { "Ada", "Bevis", "Connie", "Digby", "Elspeth" }
        select new Story($"{first} {family}", "Came with the flood appeal, as did twenty-nine others: they all renew on one morning.") { Plan = Monthly, PeriodEndsInDays = 10 };

    private static string[] Declines(int count) => [.. Enumerable.Repeat("generic_decline", count)];
}
