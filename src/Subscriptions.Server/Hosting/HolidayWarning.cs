using Subscriptions.Domain.Calendar;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Hosting;

/// <summary>Tells at start that the list of bank holidays is about to run out.</summary>
internal static class HolidayWarning
{
    // Dates are told some weeks ahead.
    private const int DaysAhead = 90;

    /// <summary>Logs a warning when the calendar counts on holidays of a year that was not compared with the published list.</summary>
    public static void Tell(IServiceProvider services)
    {
        var hours = services.GetRequiredService<PublisherSettings>().Hours;
        var year = hours.DateOf(services.GetRequiredService<BillingClock>().Now).AddDays(DaysAhead).Year;
        if (hours.Calendar.Holidays && year > BankHolidays.ComparedUntilYear)
        {
            services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(HolidayWarning)).LogWarning(
                "The bank holidays of {Year} follow the rules of the law; the list was compared with gov.uk/bank-holidays only until {Compared}. Name holidays that were proclaimed since in Publisher:Calendar:ClosedDates",
                year, BankHolidays.ComparedUntilYear);
        }
    }
}
