using System.Net.Mail;
using FluentValidation;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>What a name, an address and a password must be, said once for pages, API and seeding.</summary>
public static class AccountRules
{
    /// <summary>RFC 5321's limit for a path, less its brackets.</summary>
    public const int EmailLength = 254;

    /// <summary>Characters.</summary>
    public const int NameLength = 200;

    /// <summary>Shorter passwords are guessed.</summary>
    public const int PasswordMinLength = 8;

    /// <summary>Hashing costs time: nobody may send megabytes of it.</summary>
    public const int PasswordMaxLength = 128;

    /// <summary>An address as it is stored: without the blanks around it.</summary>
    public static string CleanEmail(string? email) => email?.Trim() ?? "";

    /// <summary>The form in which addresses are compared.</summary>
    public static string NormalizeEmail(string email) => CleanEmail(email).ToUpperInvariant();

    /// <summary>A deliverable address of plain characters.</summary>
    public static IRuleBuilderOptions<T, string> MustBeEmail<T>(this IRuleBuilderInitial<T, string> rule) => rule
        .Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("Enter an e-mail address.")
        .MaximumLength(EmailLength).WithMessage($"The e-mail address is longer than {EmailLength} characters.")
        .Must(IsEmail).WithMessage("Enter an e-mail address such as name@example.com.");

    /// <summary>A person's name in one line.</summary>
    public static IRuleBuilderOptions<T, string> MustBeName<T>(this IRuleBuilderInitial<T, string> rule) => rule
        .Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("Enter your name.")
        .MaximumLength(NameLength).WithMessage($"The name is longer than {NameLength} characters.")
        .Must(name => !name.Any(char.IsControl)).WithMessage("Write the name in one line, without special control characters.");

    /// <summary>A password to be set.</summary>
    public static IRuleBuilderOptions<T, string> MustBePassword<T>(this IRuleBuilderInitial<T, string> rule) => rule
        .Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("Choose a password.")
        .MinimumLength(PasswordMinLength).WithMessage($"Choose a password of at least {PasswordMinLength} characters.")
        .MaximumLength(PasswordMaxLength).WithMessage($"Choose a password of at most {PasswordMaxLength} characters.");

    /// <summary>Whether a text is one address of plain characters.</summary>
    public static bool IsEmail([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? email) =>
        email is not null &&
        email.All(c => c is > ' ' and < '\u007f') && MailAddress.TryCreate(email, out var address) && address.Address == email;
}
