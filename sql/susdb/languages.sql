-- needs: tbLanguage.LanguageID tbLanguage.ShortLanguage tbLanguage.LongLanguage tbLanguage.Enabled
SELECT LanguageID, ShortLanguage, LongLanguage, Enabled FROM tbLanguage ORDER BY LanguageID
