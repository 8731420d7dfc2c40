using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Subscriptions.Data;
using Subscriptions.Data.Rows;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>Readers' and staff's sign-in.</summary>
public static class AccountsSetup
{
    /// <summary>The rate limit on forms that test a secret or send a mail; forms only, pages are free to load.</summary>
    public const string FormLimit = "account-forms";

    /// <summary>Forms per minute from one address.</summary>
    private const int FormsPerMinute = 120;

    // For ever: under another name nothing that was protected before can be read.
    private const string KeyRingName = "Subscriptions";

    /// <summary>For how long the link of a password mail works.</summary>
    public static readonly TimeSpan ResetLinkLife = TimeSpan.FromHours(1);

    /// <summary>Adds accounts, cookies, the key ring and the limits.</summary>
    public static void AddAccounts(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddIdentityCore<Account>(ConfigureIdentity).AddEntityFrameworkStores<SubscriptionsDb>().AddDefaultTokenProviders();
        services.Configure<DataProtectionTokenProviderOptions>(options => options.TokenLifespan = ResetLinkLife);
        services.AddCookies();
        // Without a name of their own, keys are bound to the folder that the program lies in: the next version, in another one, could read nothing.
        services.AddDataProtection().SetApplicationName(KeyRingName);
        services.AddSingleton<DatabaseKeyRing>();
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            new ConfigureOptions<KeyManagementOptions>(options => options.XmlRepository = provider.GetRequiredService<DatabaseKeyRing>()));
        services.AddRateLimiter(options =>
        {
            options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            options.AddPolicy(FormLimit, FormsOf);
            options.OnRejected = TooManyAsync;
        });
        services.AddScoped<Credentials>();
        services.AddScoped<SignInService>();
        services.AddSingleton<CreateReader>();
        services.AddSingleton<CreateStaff>();
        services.AddSingleton<IPasswordHasher<Account>, PasswordHasher<Account>>();
        services.AddSingleton<ReaderSessions>();
        services.AddSingleton<AddressLinks>();
        services.AddSingleton<ConfirmAddress>();
        services.AddSingleton<PasswordLetters>();
        services.AddHostedService(provider => provider.GetRequiredService<PasswordLetters>());
    }

    /// <summary>Puts the limits into the pipeline; the pages are mapped with all others.</summary>
    public static void MapAccounts(this WebApplication app) => app.UseRateLimiter();

    private static void ConfigureIdentity(IdentityOptions options)
    {
        // Addresses may hold more than Identity's default set, and staff accounts begin with "staff/".
        options.User.AllowedUserNameCharacters = "";
        options.Lockout.MaxFailedAccessAttempts = Credentials.MostTries;
        options.Lockout.DefaultLockoutTimeSpan = Credentials.Lockout;
        options.Password.RequiredLength = AccountRules.PasswordMinLength;
        options.Password.RequireDigit = options.Password.RequireLowercase = options.Password.RequireUppercase = options.Password.RequireNonAlphanumeric = false;
        options.Password.RequiredUniqueChars = 1;
    }

    private static RateLimitPartition<string> FormsOf(HttpContext http) => HttpMethods.IsPost(http.Request.Method)
        ? RateLimitPartition.GetSlidingWindowLimiter(http.Connection.RemoteIpAddress?.ToString() ?? "", _ => new SlidingWindowRateLimiterOptions
        {
            PermitLimit = FormsPerMinute,
            Window = TimeSpan.FromMinutes(1),
            SegmentsPerWindow = 6,
        })
        : RateLimitPartition.GetNoLimiter("");

    private static async ValueTask TooManyAsync(Microsoft.AspNetCore.RateLimiting.OnRejectedContext context, CancellationToken stopping)
    {
        var response = context.HttpContext.Response;
        response.Headers.RetryAfter = 60.ToString(CultureInfo.InvariantCulture);
        response.ContentType = "text/plain; charset=utf-8";
        await response.WriteAsync("Too many tries from your network within a minute. Please wait a minute and try again.", stopping);
    }
}
